# Not under AddressSanitizer: UBSan looks at memory through a pipe; here no descriptor is left.
"""The chat server as a program: its start, its options, its end, and a machine that runs short.

Run      chat_service.py FOLDER [PATTERN]    the greenroom_chat built in FOLDER
Prints   a line for each show.
"""
import contextlib
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chat"))
from chat_server import Client, Server, server_command  # noqa: E402
from shows import Shows, demand, open_files  # noqa: E402

shows = Shows(__doc__)


def set_files_limit(server, soft):
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (soft, hard))


def cpu_seconds(server):
    with open(f"/proc/{server.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@shows.add()
def no_file_descriptors_left_for_accept(server, witness):
    before = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)[0]
    set_files_limit(server, open_files(server) + 2)
    crowd = [Client(server) for _ in range(10)]  # the kernel completes these without the server
    for client in crowd:
        client.send(f"NICK c{client.socket.fileno()}", "USER c 0 * :c")
    deadline = time.monotonic() + 10
    while sum(client.next_line(0.05) is not None for client in crowd) < 2:
        demand(time.monotonic() < deadline, "not even two got in")
    server.says("no descriptor left")
    for _ in range(20):
        witness.check()
    used = cpu_seconds(server)
    time.sleep(1)  # the time over which the CPU is measured
    used = cpu_seconds(server) - used
    demand(used < 0.5, f"out of descriptors, the server used {used:.2f} s of CPU in a second")
    set_files_limit(server, before)
    for client in crowd:
        client.sync(15)


@shows.add_alone
def a_wrong_password():
    with Server(server_command(shows.folder, "--password", "s3cret")) as server:
        right = Client(server, "right", "s3cret")
        for words in ([], ["PASS wrong"]):
            client = Client(server)
            client.send(*words, "NICK mallory", "USER m 0 * :m")
            client.expect(" 464 ", never=" 001 ")
            client.expect_end()
        right.sync()


@contextlib.contextmanager
def listening_socket():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


def run_to_its_end(*options):
    """Status and output of a server that should not come up."""
    command = [word for word in server_command(shows.folder) if word not in ("--port", "0")]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=20,
                          check=False)
    return done.returncode, done.stdout + done.stderr


@shows.add_alone
def a_port_in_use():
    with listening_socket() as port:
        status, output = run_to_its_end("--port", str(port))
    demand(status == 1, f"status {status} and not 1: {output}")
    demand(output.count("\n") == 1, f"not one line but:\n{output}")
    demand(str(port) in output and "in use" in output, f"unclear: {output}")


@shows.add_alone
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
    with Server(server_command(shows.folder)) as server:
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


@shows.add_alone
def the_end_by_sigterm():
    the_end(signal.SIGTERM)


@shows.add_alone
def the_end_by_sigint():
    the_end(signal.SIGINT)


if __name__ == "__main__":
    sys.exit(shows.run())
