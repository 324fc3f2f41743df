# SPDX-License-Identifier: GPL-3.0-or-later
"""MODEL.bnd MODEL.cfg NODES: processor seconds of a MaBoSS run, and the last mean of the
third node in the order of the file that tells states apart."""
import importlib
import re
import sys
import time

bnd, cfg, nodes = sys.argv[1], sys.argv[2], int(sys.argv[3])
size = next((s for s in (64, 128, 256, 512, 1024) if nodes <= s), None)
name = "cmaboss" if size == 64 else "cmaboss_%dn" % size
module = importlib.import_module(name)
simulation = module.MaBoSSSim(network=bnd, config=cfg)
start = time.process_time()
result = simulation.run()
seconds = time.process_time() - start
shown = [m.group(1) for m in re.finditer(r"^(\w+)\.is_internal = 0;", open(cfg).read(), re.M)]
table = result.get_last_nodes_probtraj()
print(seconds, table[0][0][list(table[2]).index(shown[2])])
