"""Compiles an actor of a hundred messages, and holds what that costs the compiler to bounds.

usage: compile_cost.py ARGUMENT...      for the compilers, each of which is tried that is about

The program has one actor that handles MESSAGES types of message. Each is told, by the actor's
reference and by that of a protocol of them all, and every other one is asked as well. Against it
stands a program that includes the same headers and does nothing. What is bounded is the same
whatever else the machine does, but for the last:

  memory     what the compiler held at most, above what it needs for the headers: of its processes
             the greatest resident set
  functions  how many it made of templates and of members defined in their class, and left in the
             object: the weak symbols
  object     the size of the object
  time       how often the processor's time for the headers: so far that no busy machine reaches it
"""
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, fields

MESSAGES = 100
ANSWERS = ["int", "bool", "std::string", "void"]
PARAMETERS = ["const Message{}&", "Message{}", "Message{}&&"]
HEADERS = """\
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <string>
"""


@dataclass
class Cost:
    memory_mib: float
    functions: float
    object_kib: float
    time_ratio: float


# Half as much again as was measured with those of Debian 12; of the time five times.
BOUNDS = {
    "g++": Cost(memory_mib=285, functions=1850, object_kib=5900, time_ratio=50),
    "clang++": Cost(memory_mib=147, functions=2050, object_kib=3300, time_ratio=40),
}


def is_asked(number):
    return number % 2 == 0


def handler(number):
    """A handler of that message: its declaration, and the signature in a protocol."""
    answer = ANSWERS[number // 2 % len(ANSWERS)] if is_asked(number) else "void"
    parameter = PARAMETERS[number % len(PARAMETERS)].format(number)
    body = "" if answer == "void" else "return {}; "
    return f"{answer} on({parameter}) {{ {body}}}\n", f"{answer}(Message{number})"


def sends(reference):
    """A function that sends each message by a reference of that type."""
    yield f"void send(const greenroom::Ref<{reference}>& to) {{\n"
    for number in range(MESSAGES):
        yield f"to.tell(Message{number}{{{number}}});\n"
        if is_asked(number):
            yield f"(void)to.ask(Message{number}{{{number}}});\n"
    yield "}\n"


def program():
    handlers, signatures = zip(*map(handler, range(MESSAGES)))
    yield HEADERS
    yield from (f"struct Message{number} {{ int number; }};\n" for number in range(MESSAGES))
    yield from ("class Account : public greenroom::Actor {\npublic:\n", *handlers, "};\n")
    yield f"using Everything = greenroom::Protocol<{', '.join(signatures)}>;\n"
    yield from (*sends("Account"), *sends("Everything"))
    yield "void open(greenroom::System& system) {\n"
    yield "const greenroom::Ref<Account> account = system.spawn<Account>();\n"
    yield "send(account);\nsend(greenroom::Ref<Everything>{account});\n}\n"


def resources_of(command):
    """What the command and its children used."""
    child = subprocess.Popen(command, env={**os.environ, "CCACHE_DISABLE": "1"})
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}: failed")
    return used


def compiled(text, compiler, arguments):
    """The resources that it took, the size of the object and the number of its weak symbols."""
    with tempfile.TemporaryDirectory() as folder:
        source, made = os.path.join(folder, "program.cpp"), os.path.join(folder, "program.o")
        with open(source, "w", encoding="utf-8") as file:
            file.write(text)
        used = resources_of([compiler, *arguments, "-c", source, "-o", made])
        symbols = subprocess.run(["nm", made], check=True, stdout=subprocess.PIPE, text=True)
        weak = sum(line.split()[-2] == "W" for line in symbols.stdout.splitlines())
        return used, os.path.getsize(made), weak


def cost(compiler, arguments):
    """Prints what else there is to say of it."""
    headers, _, _ = compiled(HEADERS, compiler, arguments)
    whole, object_bytes, functions = compiled("".join(program()), compiler, arguments)
    print(f"{compiler}: {whole.ru_utime:.1f} s and {whole.ru_maxrss / 1024:.0f} MiB; "
          f"{headers.ru_utime:.1f} s and {headers.ru_maxrss / 1024:.0f} MiB for the headers")
    return Cost(memory_mib=(whole.ru_maxrss - headers.ru_maxrss) / 1024, functions=functions,
                object_kib=object_bytes / 1024, time_ratio=whole.ru_utime / headers.ru_utime)


def main():
    too_dear, tried = [], 0
    for compiler, bounds in BOUNDS.items():
        if not shutil.which(compiler):
            continue
        tried += 1
        measured = cost(compiler, sys.argv[1:])
        for name in (field.name for field in fields(Cost)):
            value, bound = getattr(measured, name), getattr(bounds, name)
            print(f"{compiler}: {name} {value:.0f} for {MESSAGES} messages, {bound} allowed")
            if value > bound:
                too_dear.append(f"{compiler}: {name} {value:.0f}, {bound} allowed")
    if not tried:
        sys.exit(f"none of {', '.join(BOUNDS)} is installed")
    sys.exit("\n".join(too_dear) if too_dear else 0)


if __name__ == "__main__":
    main()
