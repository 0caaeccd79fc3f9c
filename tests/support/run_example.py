"""Runs an example as its head says, and compares what it prints.

usage: run_example.py SOURCE PROGRAM

The head of SOURCE has a line "// Run       ./name arguments", and one or more lines
"// Prints    text" (a line that goes on is "//           text").
"""
import re
import shlex
import subprocess
import sys

SECONDS_MAX = 50


def head_of(source):
    """The lines of the comment that opens the file, without their slashes."""
    lines = []
    for line in open(source, encoding="utf-8"):
        if not line.startswith("//"):
            break
        lines.append(line[2:].rstrip("\n"))
    return lines


def promised(source):
    """What the head promises: (arguments, lines printed)."""
    arguments, printed, in_prints = None, [], False
    for line in head_of(source):
        run = re.match(r" Run +\./\S+ ?(.*)$", line)
        prints = re.match(r" Prints +(.*)$", line)
        more = re.match(r" {11}(.*)$", line)
        if run:
            arguments = shlex.split(run.group(1))
        if prints or (in_prints and more):
            printed.append((prints or more).group(1))
        in_prints = bool(prints) or (in_prints and bool(more))
    return arguments, printed


def main():
    source, program = sys.argv[1:]
    arguments, wanted = promised(source)
    if arguments is None or not wanted:
        sys.exit(f"{source}: the head has no line 'Run' or no line 'Prints'")
    done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True,
                          stdin=subprocess.DEVNULL, timeout=SECONDS_MAX)
    got = done.stdout.splitlines()
    if done.returncode != 0 or got != wanted:
        sys.exit(f"{program} {arguments}: exit status {done.returncode}\n"
                 f"printed {got}\npromised {wanted}")
    print("as promised:", *wanted, sep="\n")


if __name__ == "__main__":
    main()
