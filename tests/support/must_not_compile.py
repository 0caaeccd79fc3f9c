"""Compiles a file that must not compile, and checks the first line that a user would read.

usage: must_not_compile.py SOURCE COMPILER ARGUMENT...

The head of SOURCE says what is wanted: "// Error  REGEX", which must match within the first line
of the compiler's output that says "error"; each of them, if there are several. That line is short:
a user reads no more of it. `./dev test all` has it checked with g++ and with clang++.
COMPILER must compile the same file with -DRIGHT, or it would fail for a reason of its own; a file
that cannot be right says "// Error only  REGEX". "// Flags  FLAGS" adds to the command.
"""
import re
import subprocess
import sys

LINE_COLUMNS_MAX = 200  # without the folder of the file that it begins with


def compiles(command):
    """Whether the command succeeds, and all that it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def check_right(source, command):
    """Exits with what is wrong with the file even where it should be right."""
    good, output = compiles([*command, "-DRIGHT", source])
    if not good:
        sys.exit(f"{source}: does not compile with -DRIGHT either:\n{output}")


def check_wrong(source, wanted, command):
    """Exits with what is wrong, or prints the error as a user reads it."""
    good, output = compiles([*command, source])
    if good:
        sys.exit(f"{source}: compiles with {command[0]}")
    first = next((line for line in output.splitlines() if "error:" in line), "")
    line = re.sub(r"^[^:]*/", "", first)
    for words in wanted:
        if not re.search(words, line[line.find("error:"):]):
            sys.exit(f"{source}: the first error of {command[0]} is\n{first}\nand not /{words}/")
    if len(line) > LINE_COLUMNS_MAX:
        sys.exit(f"{source}: {len(line)} columns, {LINE_COLUMNS_MAX} are allowed:\n{line}")
    print(f"{command[0]}, {len(line)} columns: {line}")


def main():
    source, *command = sys.argv[1:]
    with open(source, encoding="utf-8") as file:
        head = file.read()
    wanted = re.findall(r"^// Error(?: only)? +(.+)$", head, re.M)
    if not wanted:
        sys.exit(f"{source}: the head has no line '// Error  REGEX'")
    flags = re.search(r"^// Flags +(.+)$", head, re.M)
    command += flags.group(1).split() if flags else []
    if not re.search(r"^// Error only ", head, re.M):
        check_right(source, command)
    check_wrong(source, wanted, command)


if __name__ == "__main__":
    main()
