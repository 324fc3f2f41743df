# SPDX-License-Identifier: GPL-3.0-or-later
"""logic_peers.py BLOCKADE MODEL.bnet ... : asynchronous attractors (mpbn: minimal trap
spaces) of each model by blockade and by the peers that this Python has, side by side.

Seconds are of the processor, reading the model included: for blockade those of the whole
program, for a peer all but the start of Python and its imports.
`logic_peers.py PEER MODEL.bnet` is one search in a process of its own."""
import importlib.util
import os
import re
import resource
import statistics
import subprocess
import sys
import time

LIMIT = 60  # seconds that one search may take
PEERS = {"aeon": "biodivine_aeon", "biobalm": "biobalm", "mpbn": "mpbn"}


def aeon(path):
    import biodivine_aeon as ba

    start = time.process_time()
    network = ba.BooleanNetwork.from_file(path).infer_valid_graph()
    graph = ba.AsynchronousGraph(network)
    count = len(ba.Attractors.attractors(graph))
    return count, time.process_time() - start


def biobalm(path):
    from biobalm import SuccessionDiagram

    start = time.process_time()
    diagram = SuccessionDiagram.from_file(path)
    diagram.build()
    count = sum(len(diagram.node_attractor_seeds(node, compute=True))
                for node in diagram.expanded_ids())
    return count, time.process_time() - start


def mpbn(path):
    import mpbn as mp

    start = time.process_time()
    network = mp.MPBooleanNetwork(mp.load(path))
    count = sum(1 for _ in network.attractors())
    return count, time.process_time() - start


def ours(program, path, kind):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([program, "attractors", path, "--kind", kind, "--count", "-q",
                           "--max-results", "1000000", "--format", "tsv"],
                          capture_output=True, text=True, timeout=LIMIT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)
    rows = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    return (int(rows[1]) if done.returncode == 0 else None), seconds


def peer(name, path):
    """Count and seconds, or None and why there are none."""
    try:
        done = subprocess.run([sys.executable, __file__, name, path], timeout=LIMIT,
                              capture_output=True, text=True)
    except subprocess.TimeoutExpired:
        return None, "over %d s" % LIMIT
    found = re.search(r"^(\d+) ([0-9.e-]+)$", done.stdout, re.M)
    if done.returncode != 0 or found is None:
        lines = done.stderr.strip().splitlines()
        return None, lines[-1][:60] if lines else "no answer"
    return int(found.group(1)), float(found.group(2))


def main():
    if sys.argv[1] in PEERS:
        print("%d %g" % globals()[sys.argv[1]](sys.argv[2]))
        return
    program, paths = sys.argv[1], sys.argv[2:]
    there = [p for p in PEERS if importlib.util.find_spec(PEERS[p]) is not None]
    for name in PEERS:
        if name not in there:
            print("SKIP  %s: this Python has no package %s" % (name, PEERS[name]))
    ratios = {name: [] for name in there}
    unlike = {name: [] for name in there}
    silent = {name: 0 for name in there}
    for path in paths:
        mine = {"attractors": ours(program, path, "attractors"),
                "trap-min": ours(program, path, "trap-min")}
        line = "%-44.44s %6s attractors %7.3f s" % (
            os.path.basename(path), mine["attractors"][0], mine["attractors"][1])
        for name in there:
            count, seconds = peer(name, path)
            known, used = mine["trap-min" if name == "mpbn" else "attractors"]
            if count is None:
                silent[name] += 1
                line += "  %s: %s" % (name, seconds)
                continue
            if count != known:
                unlike[name].append(os.path.basename(path))
            ratios[name].append(seconds / max(used, 1e-4))
            line += "  %s: %d, ratio %.3g" % (name, count, ratios[name][-1])
        print(line, flush=True)
    for name in there:
        if ratios[name]:
            print("%s: same count in %d of %d models (no answer in %d), median ratio %.3g, "
                  "least %.3g%s" % (name, len(ratios[name]) - len(unlike[name]),
                                    len(ratios[name]), silent[name],
                                    statistics.median(ratios[name]), min(ratios[name]),
                                    "; unlike: " + ", ".join(unlike[name])
                                    if unlike[name] else ""))


main()
