# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripts of this folder share: tables, answers of the program, settings of cases."""
import csv
import math
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, "../../build/release/blockade")
QUESTION = ("background", "treatment", "readout", "comparator", "time")


def lines_of(path):
    with open(path, newline="", encoding="utf-8", errors="replace") as f:
        return [line for line in f if not line.startswith("#")]


def rows_of(path):
    """The rows of a TSV as dictionaries."""
    return list(csv.DictReader(lines_of(path), delimiter="\t"))


def answers_of(questions, model, program, *options, partly=True):
    """What `blockade predict --table` answers, by id. Questions have an id and the columns
    of QUESTION; no other column is shown to the program. Partly: some may have no value."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answered = (os.path.join(folder, name) for name in ("q.tsv", "a.tsv"))
        with open(asked, "w", encoding="utf-8") as f:
            f.write("\t".join(("id", *QUESTION)) + "\n")
            for row in questions:
                f.write("\t".join(row.get(name) or "" for name in ("id", *QUESTION)) + "\n")
        done = subprocess.run([program, "predict", model, "--table", asked, "-o", answered,
                               *options])
        if done.returncode not in ((0, 5) if partly else (0,)):
            sys.exit(f"blockade predict ended with status {done.returncode}")
        return {row["id"]: row for row in rows_of(answered)}


def number(text):
    t = text.strip().lower()
    if t in ("nan", ""):
        return math.nan
    if t in ("inf", "+inf", "infinity"):
        return math.inf
    if t in ("-inf", "-infinity"):
        return -math.inf
    return float(t)


def numbers_of(path):
    """(names of the columns, rows of numbers) of a CSV"""
    rows = [r for r in csv.reader(lines_of(path)) if r]
    return [h.strip().strip('"') for h in rows[0]], [[number(c) for c in r] for r in rows[1:]]


def settings_of(path):
    """The `key: value` lines of a case of the SBML Test Suite."""
    pairs = (line.split(":", 1) for line in lines_of(path) if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
