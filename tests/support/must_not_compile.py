"""Compiles a file that must not compile, and checks the first line that a user would read.

usage: must_not_compile.py SOURCE COMPILER ARGUMENT...

The head of SOURCE says what is wanted: "// Error  REGEX", which must match within the first line
of the compiler's output that says "error", and soon: a user reads no more of it. The same file
must compile with -DRIGHT, or it would fail for a reason of its own; a file that cannot be right
says "// Error only  REGEX". "// Flags  FLAGS" adds to the command. Besides COMPILER, the g++ and
clang++ of this machine are tried.
"""
import os
import re
import shutil
import subprocess
import sys

STORY_COLUMNS_MAX = 200  # from the word "error" on


def compiles(command):
    """Whether the command succeeds, and all that it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def compilers(given):
    """The given compiler, and each other one that is about."""
    found = {}
    for name in (given, "g++", "clang++"):
        path = shutil.which(name)
        if path:
            found.setdefault(os.path.realpath(path), path)
    return found.values()


def check(source, wanted, can_be_right, command):
    """Exits with what is wrong, or prints the error as a user reads it."""
    if can_be_right:
        good, output = compiles([*command, "-DRIGHT", source])
        if not good:
            sys.exit(f"{source}: does not compile with -DRIGHT either:\n{output}")
    good, output = compiles([*command, source])
    if good:
        sys.exit(f"{source}: compiles with {command[0]}")
    first = next((line for line in output.splitlines() if "error:" in line), "")
    story = first[first.find("error:"):]
    if not re.search(wanted, story):
        sys.exit(f"{source}: the first error of {command[0]} is\n{first}\nand not /{wanted}/")
    if len(story) > STORY_COLUMNS_MAX:
        sys.exit(f"{source}: {len(story)} columns, {STORY_COLUMNS_MAX} are allowed:\n{story}")
    print(f"{command[0]}: {story}")


def main():
    source, given, *arguments = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        head = file.read()
    wanted = re.search(r"^// Error( only)? +(.+)$", head, re.M)
    if not wanted:
        sys.exit(f"{source}: the head has no line '// Error  REGEX'")
    flags = re.search(r"^// Flags +(.+)$", head, re.M)
    arguments += flags.group(1).split() if flags else []
    for compiler in compilers(given):
        check(source, wanted.group(2), not wanted.group(1), [compiler, *arguments])


if __name__ == "__main__":
    main()
