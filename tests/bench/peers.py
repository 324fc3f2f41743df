#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""peers.py BENCH_MODEL FOLDER [--quick] [--each] [--only WORD] FILE=END...

From file to trajectory, and integration alone, beside libroadrunner and COPASI's library
(packages libroadrunner and python-copasi), model by model in one run: every model of FOLDER
to t = 100, and each FILE to its END, in 100 steps of output at a relative tolerance of 1e-6.
Absolute tolerances are each program's own: 1e-12 in the two peers, ours by the scale of
each variable. What this costs in accuracy is measured: the error of each is the largest
difference over all species (as concentrations) and targets of rate rules, in units of the
largest value of each, from libroadrunner's own trajectory at 1e-10, on the models where
ours at 1e-10 agrees with that one to 1e-6.

All numbers are CPU seconds. A peer runs inside a Python that is up and has it imported: its
time is that of loading, compiling and simulating only, and that of its fastest simulation
out of several, reset in between. Ours is measured in the same way inside a process a model
("in process"); "with its process" is everything from exec to exit with the rows printed.
A peer that needs more than its time, or crashes, is started anew and has no number there.

--quick: every sixth model. --each: a line a model. --seconds: how much a peer may take for
a model of the folder (15); ten times that for a FILE.
"""
import argparse
import json
import math
import os
import resource
import select
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

END, STEPS, RTOL, TIGHT = 100.0, 100, 1e-6, 1e-10
SAME, NOISE = 1e-6, 1e-12
PEERS = ("libroadrunner", "COPASI")


# --- the peers' side: one process for many models --------------------------------------------

class Roadrunner:
    def __init__(self):
        import roadrunner
        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_CRITICAL)
        self.package = roadrunner
        self.version = roadrunner.__version__

    def load(self, path):
        self.model = self.package.RoadRunner(path)

    def prepare(self, job):
        settings = self.model.integrator
        settings.setValue("relative_tolerance", job["rtol"])
        settings.setValue("absolute_tolerance", job["atol"])
        settings.setValue("maximum_num_steps", 1000000)
        species, others = job["columns"]
        self.model.timeCourseSelections = [f"[{s}]" for s in species] + others

    def reset(self):
        self.model.reset()

    def simulate(self, job):
        self.rows = self.model.simulate(0, job["end"], job["steps"] + 1)

    def course(self, job):
        return [[float(v) for v in self.rows[:, k]] for k in range(self.rows.shape[1])]


class Copasi:
    def __init__(self):
        import COPASI
        self.package = COPASI
        self.version = COPASI.__version__
        self.model = None

    def load(self, path):
        if self.model is not None:
            self.package.CRootContainer.removeDatamodel(self.model)
        self.model = self.package.CRootContainer.addDatamodel()
        if not self.model.importSBML(path):
            raise RuntimeError("not read")

    def prepare(self, job):
        self.task = self.model.getTask("Time-Course")
        self.task.setMethodType(self.package.CTaskEnum.Method_deterministic)
        problem = self.task.getProblem()
        problem.setDuration(job["end"])
        problem.setStepNumber(job["steps"])
        problem.setTimeSeriesRequested(True)
        method = self.task.getMethod()
        method.getParameter("Relative Tolerance").setDblValue(job["rtol"])
        method.getParameter("Absolute Tolerance").setDblValue(job["atol"])
        method.getParameter("Max Internal Steps").setUIntValue(1000000)
        self.task.setScheduled(True)

    def reset(self):
        pass  # a task begins from the initial state

    def simulate(self, job):
        if not self.task.process(True):
            raise RuntimeError("not run")
        if self.task.getTimeSeries().getRecordedSteps() != job["steps"] + 1:
            raise RuntimeError("stopped early")

    def course(self, job):
        series = self.task.getTimeSeries()
        place = {series.getSBMLId(k, self.model): k for k in range(series.getNumVariables())}
        rows = range(series.getRecordedSteps())
        return [[series.getConcentrationData(r, place[n]) for r in rows] if n in place else None
                for n in job["columns"][0] + job["columns"][1]]


def answer(peer, job):
    clock = time.process_time
    start = clock()
    peer.load(job["path"])
    opened = clock() - start
    peer.prepare(job)
    start = clock()
    peer.simulate(job)
    first = clock() - start
    best, spent, times = math.inf, 0.0, 0
    while job["repeat"] and times < 20 and (times < 3 or spent < 0.05) and spent < 2.0:
        peer.reset()
        start = clock()
        peer.simulate(job)
        seconds = clock() - start
        best, spent, times = min(best, seconds), spent + seconds, times + 1
    return {"open": opened, "first": first, "again": best,
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "course": peer.course(job)}


def work(name):
    """Jobs as lines of JSON from stdin; answers behind an @, since peers print too."""
    peer = Roadrunner() if name == PEERS[0] else Copasi()
    say = lambda thing: print("\n@" + json.dumps(thing), flush=True)
    say({"version": peer.version,
         "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss})
    for line in sys.stdin:
        try:
            say(answer(peer, json.loads(line)))
        except Exception as e:  # whatever the peer throws is its answer
            say({"said": str(e).strip().split("\n")[0] or repr(e)})


# --- this side ---------------------------------------------------------------------------------

class Worker:
    """A peer in a process of its own, started anew after a crash or a time-out."""

    def __init__(self, name):
        self.name, self.process = name, None
        self.hello = self.start()

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), "--work", self.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.rest = b""
        return self.receive(60)

    def stop(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def used(self):
        """CPU seconds so far, which a busy machine does not make longer."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as f:
                fields = f.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except OSError:
            return time.monotonic()

    def receive(self, seconds):
        """The next answer; None: no answer within its CPU seconds (or, asleep, twenty times as
        long), or the peer has ended."""
        begin, until = self.used(), time.monotonic() + 20 * seconds
        while True:
            line, newline, rest = self.rest.partition(b"\n")
            if newline:
                self.rest = rest
                if line.startswith(b"@"):
                    return json.loads(line[1:])
                continue
            if select.select([self.process.stdout], [], [], 0.5)[0]:
                more = os.read(self.process.stdout.fileno(), 1 << 20)
                over = not more
                self.rest += more
            else:
                over = time.monotonic() > until or self.used() - begin > seconds
            if over:
                self.stop()
                return None

    def ask(self, job, seconds):
        if self.process is None and self.start() is None:
            return None
        try:
            self.process.stdin.write((json.dumps(job) + "\n").encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            self.stop()
            return None
        got = self.receive(seconds)
        return got if got is not None and "course" in got else None


def run_ours(program, job):
    """As a worker's answer; of a job that is not repeated also the CPU seconds of its process
    from exec to exit; None: failed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [program, job["path"], repr(job["end"]), str(job["steps"]), repr(job["rtol"]),
         "20" if job["repeat"] else "1", *job["columns"][0], *job["columns"][1]],
        capture_output=True, text=True, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        return None
    head, *rows = done.stdout.splitlines()
    opened, first, again, memory, steps, n = head.split()
    values = [[float(v) for v in row.split()] for row in rows]
    return {"open": float(opened), "first": float(first), "again": float(again),
            "memory": int(memory), "steps": int(steps), "n": int(n),
            "process": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
            "course": [list(c) for c in zip(*values)]}


def tag(element):
    return element.tag.rsplit("}", 1)[-1]


def columns_of(path):
    """(species, other targets of rate rules)"""
    model = next(e for e in ElementTree.parse(path).getroot() if tag(e) == "model")
    parts = {tag(e): e for e in model}
    species = [e.get("id") for e in parts.get("listOfSpecies", ())]
    rated = [e.get("variable") for e in parts.get("listOfRules", ()) if tag(e) == "rateRule"]
    return species, [v for v in rated if v not in species]


def error_of(course, reference):
    """Largest difference in units of each column's largest value."""
    scales = [max((abs(v) for v in c if math.isfinite(v)), default=0.0) for c in reference]
    floor = NOISE * max(scales, default=0.0)
    worst = 0.0
    for ours, theirs, scale in zip(course, reference, scales):
        if ours is None or scale <= floor:
            continue
        for x, y in zip(ours, theirs):
            if x != y and not (math.isnan(x) and math.isnan(y)):
                gap = abs(x - y) / scale
                worst = max(worst, gap if math.isfinite(gap) else math.inf)
    return worst


def mean(values):
    """Geometric."""
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def median(values):
    return sorted(values)[len(values) // 2] if values else math.nan


def errors(found, who):
    return [f[who]["error"] for f in found]


def measure(program, workers, path, end, seconds):
    """{who: answer or None}, with an error where there is a common reference"""
    job = {"path": path, "end": end, "steps": STEPS, "rtol": RTOL, "atol": 1e-12,
           "columns": columns_of(path), "repeat": True}
    found = {"ours": run_ours(program, job)}
    if found["ours"]:
        found["ours"]["process"] = run_ours(program, dict(job, repeat=False))["process"]
    for worker in workers:
        found[worker.name] = worker.ask(job, seconds)
    tight = dict(job, rtol=TIGHT, atol=1e-16, repeat=False)
    reference = found.get(PEERS[0]) and workers[0].ask(tight, seconds)
    control = reference and run_ours(program, tight)
    if control and error_of(control["course"], reference["course"]) <= SAME:
        for got in found.values():
            if got:
                got["error"] = error_of(got["course"], reference["course"])
    return found


def ratio(found, peer, what):
    ours, theirs = found["ours"], found.get(peer)
    return what(theirs) / what(ours) if ours and theirs else None


def print_each(name, found):
    cells = [f"{name:24}"]
    for who, got in found.items():
        cells.append(f"{who} fails" if not got else
                     f"{who} {1e3 * (got['open'] + got['first']):9.2f} ms, again "
                     f"{1e3 * got['again']:9.3f} ms, error {got.get('error', math.nan):.0e}")
    print("  ".join(cells), flush=True)


def whole(got):
    return got["open"] + got["first"]


def again(got):
    return got["again"]


def report_folder(all_found, workers):
    ours = [f["ours"] for f in all_found if f["ours"]]
    print(f"peers {len(all_found)} models to t = {END:g} at a relative tolerance of {RTOL:g}; "
          f"we run {len(ours)}, largest memory of a process {max(o['memory'] for o in ours) / 1024:.0f} MB")
    for worker in workers:
        both = [f for f in all_found if f["ours"] and f.get(worker.name)]
        if not both:
            print(f"peers {worker.name} runs none")
            continue
        rated = [f for f in both if "error" in f["ours"] and "error" in f[worker.name]]
        harsh = [whole(f[worker.name]) / max(f["ours"]["process"], 1e-4) for f in both]
        lasts = [ratio(f, worker.name, again) for f in both]
        print(f"peers {worker.name} {worker.hello['version']} runs {len(both)}: "
              f"(a) file to trajectory {mean([ratio(f, worker.name, whole) for f in both]):.1f} "
              f"times its speed in process, {mean(harsh):.1f} with our process; "
              f"(b) integration alone {mean(lasts):.2f} times (slower on "
              f"{sum(r < 1 for r in lasts)}); memory of its process "
              f"{max(f[worker.name]['memory'] for f in both) / 1024:.0f} MB, "
              f"{worker.hello['memory'] / 1024:.0f} before the first model")
        pairs = {who: errors(rated, who) for who in ("ours", worker.name)}
        print(f"peers   error on {len(rated)} models with a common reference: " + "; ".join(
            f"{who} median {median(e):.0e}, largest {max(e, default=0):.0e}, above 1e-4 "
            f"{sum(x > 1e-4 for x in e)}" for who, e in pairs.items()) +
            f"; ours is the smaller in "
            f"{sum(x <= y for x, y in zip(*pairs.values()))}", flush=True)


def report_one(path, end, found, seconds):
    ours = found["ours"]
    if not ours:
        print(f"peers {path}: we do not run it")
        return
    print(f"peers {path} to t = {end:g}, {ours['n']} variables: ours {whole(ours):.3f} s, again "
          f"{1e3 * ours['again']:.2f} ms, {ours['memory'] / 1024:.0f} MB, error "
          f"{ours.get('error', math.nan):.0e}")
    for peer in PEERS:
        got = found.get(peer)
        print(f"peers   {peer}: " + (f"no answer within {10 * seconds:g} s of CPU" if not got else
              f"{whole(got):.3f} s ({ratio(found, peer, whole):.1f} times ours), again "
              f"{1e3 * got['again']:.2f} ms ({ratio(found, peer, again):.1f} times ours), "
              f"{got['memory'] / 1024:.0f} MB, error {got.get('error', math.nan):.0e}"),
              flush=True)


def main():
    if sys.argv[1:2] == ["--work"]:
        return work(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("models", nargs="*", metavar="FILE=END")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--each", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=15.0)
    given = parser.parse_intermixed_args()
    workers = []
    for name in PEERS:
        worker = Worker(name)
        if worker.hello is None:
            print(f"SKIP  peers: {name} cannot be imported by {sys.executable}")
        else:
            workers.append(worker)
    if not workers:
        return
    names = sorted(f for f in os.listdir(given.folder)
                   if f.endswith(".xml") and given.only in f)
    all_found = []
    for name in names[::6] if given.quick else names:
        found = measure(given.program, workers, os.path.join(given.folder, name), END,
                        given.seconds)
        all_found.append(found)
        if given.each:
            print_each(name[:-4], found)
    if all_found:
        report_folder(all_found, workers)
    for worker in workers:
        worker.stop()
    for model in given.models:
        path, end = model.rsplit("=", 1)
        found = measure(given.program, workers, path, float(end), 10 * given.seconds)
        report_one(path, float(end), found, given.seconds)
        for worker in workers:
            worker.stop()  # so that the memory told is that of this model


if __name__ == "__main__":
    main()
