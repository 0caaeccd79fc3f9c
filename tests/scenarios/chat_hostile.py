"""Clients that misbehave, and a machine that runs short, against the chat server.

Run      chat_hostile.py FOLDER [PATTERN]    the greenroom_chat built in FOLDER
Prints   a line for each show. Each also checks that two well-behaved clients are unharmed.
"""
import contextlib
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chat"))
from chat_server import Client, Failure, Server, eventually, server_command  # noqa: E402

FOLDER = sys.argv[1] if len(sys.argv) > 1 else "."
SHOWS = []


def show(*options, **limits):
    """Registers a function of (server, witness): it runs against a server of its own."""
    def register(function):
        SHOWS.append((function, options, limits))
        return function
    return register


def demand(condition, what):
    if not condition:
        raise Failure(what)


class Witness:
    """Two clients that behave, in a channel of their own. They must never notice anything."""

    def __init__(self, server):
        self.first = Client(server, "witness_a")
        self.second = Client(server, "witness_b")
        for client in (self.first, self.second):
            client.send("JOIN #witness")
            client.expect(" 366 ")
        self.first.expect("witness_b.* JOIN #witness")
        self.rounds = 0

    def check(self, seconds=10):
        self.rounds += 1
        for one, other in ((self.first, self.second), (self.second, self.first)):
            one.send(f"PRIVMSG #witness :round {self.rounds}")
            other.expect(f"PRIVMSG #witness :round {self.rounds}$", seconds, never="round")
            one.sync(seconds)

    def close(self):
        self.first.close()
        self.second.close()


@show()
def a_line_over_the_limit(server, witness):
    client = Client(server, "long")
    client.send("JOIN #long")
    client.expect(" 366 ")
    client.send("PRIVMSG #long :" + "x" * 600)
    client.expect(" 417 long ")
    client.send_bytes(b"y" * 100_000)
    client.expect(" 417 long ")
    witness.check()
    client.send_bytes(b"y" * 100_000 + b"\r\n")
    client.sync()
    client.send("PRIVMSG long :" + "z" * 480)  # with the prefix it would be too long for others
    line = client.expect("PRIVMSG long :z+").string
    demand(len(line) <= 510, f"a line of {len(line)} bytes came from the server")


@show()
def bytes_that_are_no_utf8(server, witness):
    one, other = Client(server, "latin"), Client(server, "reader")
    for client in (one, other):
        client.send("JOIN #latin")
        client.expect(" 366 ")
    one.send_bytes(b"PRIVMSG #latin :caf\xe9 \xff\xfe\r\n")
    one.expect("INVALID_UTF8")
    one.send_bytes(b"\xff\xfe\x00\x80\r\nPRIVMSG #latin :nul \x00 byte\r\n")
    one.expect("INVALID_UTF8")
    one.expect(" 400 ")
    one.send("PRIVMSG #latin :caf\u00e9")
    other.expect("PRIVMSG #latin :caf\u00e9$", never="PRIVMSG #latin :(caf[^\u00e9]|nul)")


@show()
def commands_that_do_not_exist_or_come_too_early(server, witness):
    client = Client(server)
    client.send("JOIN #early", "PRIVMSG #witness :boo", "BREW tea")
    client.expect(r" 451 \* ")
    client.expect(r" 451 \* ")
    client.expect(r" 421 \* BREW ")
    client.send("NICK early", "USER early 0 * :early")
    client.expect(" 376 | 422 ")
    client.send("BREW", "brew tea", "", "   ", ":only.a.prefix", "JOIN", "USER a b c :d")
    client.expect(" 421 early BREW ")
    client.expect(" 421 early brew ")
    client.expect(" 461 early JOIN ")
    client.expect(" 462 early ")


@show()
def nick_collisions(server, witness):
    one = Client(server, "twin[")
    late = Client(server)
    late.send("NICK TWIN{", "USER late 0 * :late")
    late.expect(r" 433 \* TWIN\{ ")
    one.send("NICK witness_A")
    one.expect(r" 433 twin\[ witness_A ")
    one.send("NICK 1bad")
    one.expect(r" 432 twin\[ 1bad ")
    one.send("NICK tWin{")  # one's own, in another case
    one.expect(r":twin\[!.* NICK :?tWin\{")
    late.send("NICK late")
    late.expect(" 001 late ")
    one.send("QUIT")
    one.expect_end()
    late.send("NICK twin[")
    late.expect(r"NICK :?twin\[")


@show("--max-clients", "4")
def too_many_clients(server, witness):
    third, fourth = Client(server, "third"), Client(server, "fourth")
    for _ in range(3):
        fifth = Client(server)
        lines = fifth.expect_end()
        demand(any(line.startswith("ERROR :") for line in lines), f"no ERROR line but {lines}")
    witness.check()
    third.send("QUIT")
    third.expect_end()
    fifth = eventually(lambda: try_to_register(server, "fifth"), "a place to come free")
    fifth.sync()
    fourth.sync()


def try_to_register(server, nick):
    try:
        return Client(server, nick)
    except (Failure, OSError):
        return None


@show("--registration-timeout", "2")
def one_that_connects_and_says_nothing(server, witness):
    begun = time.monotonic()
    mute = Client(server)
    half = Client(server)
    half.send("NICK half")
    for client in (mute, half):
        lines = client.expect_end(8)
        demand(any(line.startswith("ERROR :") for line in lines), f"no ERROR line but {lines}")
    seconds = time.monotonic() - begun
    demand(seconds >= 1.9, f"the end came after {seconds:.1f} s and not after 2")
    again = Client(server, "half")  # the nick is free again
    again.sync()


@show("--idle-timeout", "1")
def one_that_falls_silent(server, witness):
    idle = Client(server, "idle")
    idle.send("JOIN #witness")
    idle.expect(" 366 ")
    silent_since = time.monotonic()
    while witness.first.next_line(0.2) is None or " QUIT " not in witness.first.lines[-1]:
        demand(time.monotonic() < silent_since + 8, "no QUIT within 8 s")
        witness.second.next_line(0.01)  # answers its PING
    demand("idle!" in witness.first.lines[-1], f"the wrong one quit: {witness.first.lines[-1]}")
    lines = idle.expect_end(2)
    demand(any(line.startswith("PING ") for line in lines), f"no PING but {lines}")


@show()
def one_that_vanishes_in_the_middle_of_a_line(server, witness):
    for hard in (False, True):
        client = Client(server, "ghost")
        client.send("JOIN #witness")
        client.expect(" 366 ")
        client.send_bytes(b"PRIVMSG #witness :half a li")
        if hard:  # a reset, not an orderly end
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        for other in (witness.first, witness.second):
            other.expect("ghost!.* QUIT ", never="half a li")
        witness.check()


@show("--max-backlog", "65536")
def one_that_never_reads(server, witness):
    deaf = Client(server, "deaf", receive_bytes=4096)
    talkers = [Client(server, f"talker{i}") for i in range(2)]
    for client in (deaf, *talkers):
        client.send("JOIN #loud")
        client.expect(" 366 ")
    talkers[0].expect("talker1!.* JOIN ")
    for number in range(40_000):  # until the kernel's buffers and the backlog are full
        talkers[0].send(f"PRIVMSG #loud :{number} " + "x" * 400)
        if number % 200 == 199:
            talkers[0].sync()
            for each in range(number - 199, number + 1):
                talkers[1].expect(rf"PRIVMSG #loud :{each} ", never="PRIVMSG|QUIT")
            if talkers[0].lines and any("deaf!" in line and " QUIT " in line
                                        for line in talkers[0].lines[-250:]):
                break
            witness.check()
            # The other may hear of the end only now.
            if talkers[1].bytes and b"deaf!" in talkers[1].bytes:
                break
    else:
        raise Failure("40,000 messages later the client that does not read is still there")
    server.says("slow")


def set_files_limit(server, soft):
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))


def open_files(server):
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


@show()
def no_file_descriptors_left_for_accept(server, witness):
    before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)[0]
    set_files_limit(server, open_files(server) + 2)
    crowd = [Client(server) for _ in range(10)]  # the kernel completes these without the server
    for client in crowd:
        client.send(f"NICK c{client.socket.fileno()}", "USER c 0 * :c")
    deadline = time.monotonic() + 10
    while sum(client.next_line(0.05) is not None for client in crowd) < 2:
        demand(time.monotonic() < deadline, "not even two got in")
    server.says("accept")
    for _ in range(20):
        witness.check()
    used = cpu_seconds(server)
    time.sleep(1)  # the time over which the CPU is measured
    used = cpu_seconds(server) - used
    demand(used < 0.5, f"out of descriptors, the server used {used:.2f} s of CPU in a second")
    set_files_limit(server, before)
    for client in crowd:
        client.sync(15)


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@show("--password", "s3cret")
def a_wrong_password(server, witness):
    for words in ([], ["PASS wrong"]):
        client = Client(server)
        client.send(*words, "NICK mallory", "USER m 0 * :m")
        client.expect(r" 464 ", never=" 001 ")
        client.expect_end()


@show()
def answers_come_in_the_order_of_the_commands(server, witness):
    client = Client(server, "orderly")
    client.send("JOIN #a,#b", "PING 1", "TOPIC #a :one", "NAMES #b", "MODE #a +m", "NICK tidy",
                "PRIVMSG nobody :x", "PRIVMSG tidy :self", "MODE #a", "PART #a", "PRIVMSG #a :no",
                "WHOIS tidy", "PING 2")
    for pattern in ("JOIN :?#a", " 366 orderly #a", "JOIN :?#b", " 366 orderly #b", "PONG .*1$",
                    "TOPIC #a :one", " 353 orderly = #b", " 366 orderly #b", r"MODE #a \+m",
                    "NICK :?tidy", " 401 tidy nobody", "PRIVMSG tidy :self", " 324 tidy #a .*m",
                    "PART :?#a", " 40[34] tidy #a", " 311 tidy tidy ", " 318 tidy tidy",
                    "PONG .*2$"):
        client.expect(pattern)  # skips forward only: what came too early is never found


@show("--enable-test-commands")
def a_channel_whose_actor_is_killed(server, witness):
    one, other = Client(server, "one"), Client(server, "other")
    for client in (one, other):
        client.send("JOIN #doomed,#safe")
        client.expect(" 366 .*#safe")
    one.expect("other!.* JOIN :?#safe")
    one.send("KILLCHANNEL #doomed")
    for client in (one, other):
        client.expect(f"KICK #doomed {client.nick} ")
    one.send("PRIVMSG #safe :still here")
    other.expect("PRIVMSG #safe :still here")
    other.send("JOIN #doomed")
    other.expect(" 353 other = #doomed :@other$")
    one.send("JOIN #doomed")
    other.expect("one!.* JOIN :?#doomed")
    one.send("PRIVMSG #doomed :again")
    other.expect("PRIVMSG #doomed :again")


@show()
def many_that_come_and_go(server, witness):
    for number in range(300):
        client = socket.create_connection(("127.0.0.1", server.port), 10)
        client.sendall((b"", b"NICK x\r\n", b"NICK x\r\nUSER x 0 * :x\r\nJOIN #witness\r\n",
                        b"\r\n" * 2000, os.urandom(3000))[number % 5])
        client.close()
    witness.check(20)
    eventually(lambda: open_files(server) < 40, "the descriptors of those who left to be closed")


@contextlib.contextmanager
def listening_socket():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def run_to_its_end(*options):
    """Status and output of a server that should not come up."""
    command = [word for word in server_command(FOLDER) if word not in ("--port", "0")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=20,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def a_port_in_use():
    with listening_socket() as port:
        status, output = run_to_its_end("--port", str(port))
    demand(status == 1, f"status {status} and not 1: {output}")
    demand(output.count("\n") == 1, f"not one line but:\n{output}")
    demand(str(port) in output and "in use" in output, f"unclear: {output}")


def bad_option_values():
    for options, right in ((("--port", "65536"), "from 0 to 65535"),
                           (("--port", "tea"), "from 0 to 65535"),
                           (("--max-clients", "0"), "from 1 to"),
                           (("--log-level", "loud"), "debug, info, warning, error or off"),
                           (("--name", "no dots"), "dot"),
                           (("--host", "no.such.host.invalid"), "no.such.host.invalid"),
                           (("--host", "256.1.1.1"), "256.1.1.1"),
                           (("--motd", "@/nowhere"), "can be read"),
                           (("--bogus",), "--bogus")):
        status, output = run_to_its_end(*options)
        demand(status not in (0, -6, -11), f"{options}: status {status}")
        demand(output.count("\n") == 1 and right in output, f"{options}: {output}")


def the_end(number):
    """SIGTERM and SIGINT: everybody is told, the status is 0, the report has the figures."""
    with Server(server_command(FOLDER)) as server:
        clients = [Client(server, f"c{i}") for i in range(20)]
        for client in clients:
            client.send("JOIN #all")
            client.expect(" 366 ")
        clients[0].send("PRIVMSG #all :hello")
        clients[19].expect("hello")
        mute = Client(server)
        status, seconds = server.stop(number, 15)
        demand(status == 0, f"status {status}:\n{server.output}")
        demand(seconds < 8, f"it took {seconds:.1f} s")
        for client in clients:
            lines = client.expect_end()
            demand(any(line.startswith("ERROR :") for line in lines), f"no ERROR line: {lines}")
        mute.expect_end()
        # The probe that waits for the server to listen is a client as well.
        demand(re.search(r"clients served +2[12]\b", server.output), f"report:\n{server.output}")
        demand(re.search(r"messages +1\b", server.output), f"report:\n{server.output}")


def run(function, options, limits):
    with Server(server_command(FOLDER, "--log-level", "debug", *options), **limits) as server:
        password = options[1] if options and options[0] == "--password" else None
        try:
            if password:
                Client(server, "right", password).close()
                witness = None
            else:
                witness = Witness(server)
            function(server, witness)
            if witness:
                witness.check()
                witness.close()
            status, _ = server.stop()
            demand(status == 0, f"the server ended with status {status}")
        except (Failure, OSError) as failure:
            server.kill()
            raise Failure(f"{failure}\nThe server said:\n{server.output[-4000:]}") from None


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    pattern = sys.argv[2] if len(sys.argv) > 2 else ""
    shows = [(function.__name__, lambda f=function, o=options, k=limits: run(f, o, k))
             for function, options, limits in SHOWS]
    shows += [("a_port_in_use", a_port_in_use), ("bad_option_values", bad_option_values),
              ("the_end_by_SIGTERM", lambda: the_end(signal.SIGTERM)),
              ("the_end_by_SIGINT", lambda: the_end(signal.SIGINT))]
    failed = 0
    for name, act in shows:
        if pattern not in name:
            continue
        begun = time.monotonic()
        try:
            act()
            print(f"{name.replace('_', ' '):48} {time.monotonic() - begun:5.1f} s", flush=True)
        except (Failure, OSError, subprocess.SubprocessError) as failure:
            failed += 1
            print(f"FAILED: {name.replace('_', ' ')}: {failure}", flush=True)
    print("all as expected" if not failed else f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
