"""Holds the promises of docs/semantics.md against what ctest has just run.

usage: promises.py BUILD-FOLDER...

A promise names tests, each `Suite.Name`. Every instance of such a test that ctest ran (on the
simulated machine, on 1, 2 and 8 workers) passed, and there was one at least: else the promise is
printed, and the exit status is 1.
"""
import os
import re
import sys

PAGE = os.path.join(os.path.dirname(__file__), "..", "docs", "semantics.md")


def bare(name):
    """`Runs/SemaphoreTest.Waits/Threads1` and `SemaphoreTest.Waits` as `SemaphoreTest.Waits`."""
    return next((part for part in name.split("/") if "." in part), "")


def outcomes(log):
    """What ctest's log tells: for each test the set of its instances' outcomes."""
    told = {}
    for name in re.findall(r"^\[ RUN      \] (\S+)$", log, re.M):
        told.setdefault(bare(name), set())
    for outcome, name in re.findall(r"^\[ ( +OK|  FAILED ) \] (\S+) \(\d+ ms\)$", log, re.M):
        told[bare(name)].add(outcome.strip() == "OK")
    return told


def main():
    with open(PAGE, encoding="utf-8") as file:
        rows = re.findall(r"^\|(.*)\|(.*)\|$", file.read(), re.M)
    told = {}
    for folder in sys.argv[1:]:
        log = os.path.join(folder, "Testing", "Temporary", "LastTest.log")
        with open(log, encoding="utf-8", errors="replace") as file:
            for name, ended in outcomes(file.read()).items():
                told.setdefault(name, set()).update(ended)
    kept = broken = 0
    for promise, tests in rows:
        names = re.findall(r"`(\w+\.\w+)`", tests)
        for name in names:
            if told.get(name) != {True}:
                broken += 1
                print(f"{name} {'failed' if name in told else 'did not run'}:{promise}")
        kept += bool(names)
    print(f"{kept} promises, {broken} broken")
    return 1 if broken or not kept else 0


if __name__ == "__main__":
    sys.exit(main())
