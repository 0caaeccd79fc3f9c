"""Compiles a file that must not compile, and checks the first line that a user would read.

usage: must_not_compile.py SOURCE COMPILER ARGUMENT...

The head of SOURCE says what is wanted: "// Error  REGEX", which must match within the first line
of the compiler's output that says "error". The same file must compile with -DRIGHT, or it would
fail for a reason of its own; a file that cannot be right says "// Error only  REGEX".
"""
import re
import subprocess
import sys


def compiles(command):
    """Whether the command succeeds, and all that it printed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode == 0, done.stdout


def main():
    source, *command = sys.argv[1:]
    wanted = re.search(r"^// Error( only)? +(.+)$", open(source, encoding="utf-8").read(), re.M)
    if not wanted:
        sys.exit(f"{source}: the head has no line '// Error  REGEX'")
    if not wanted.group(1):
        good, output = compiles([*command, "-DRIGHT", source])
        if not good:
            sys.exit(f"{source}: does not compile with -DRIGHT either:\n{output}")
    good, output = compiles([*command, source])
    if good:
        sys.exit(f"{source}: compiles")
    first = next((line for line in output.splitlines() if "error" in line), "")
    if not re.search(wanted.group(2), first):
        sys.exit(f"{source}: the first error is\n{first}\nand not /{wanted.group(2)}/")
    print(first)


if __name__ == "__main__":
    main()
