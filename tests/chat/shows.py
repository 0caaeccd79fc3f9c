"""Shows: functions that have the chat server misused, each with a server of its own, and each with
two well-behaved clients that must not notice.
"""
import os
import subprocess
import sys
import time

from chat_server import Client, Failure, Server, server_command


def demand(condition, what):
    if not condition:
        raise Failure(what)


def open_files(server):
    """How many descriptors the server has open."""
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


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


class Shows:
    """The shows of one script, in order."""

    def __init__(self, description):
        if len(sys.argv) < 2:
            print(description, file=sys.stderr)
            sys.exit(2)
        self.folder = sys.argv[1]
        self.pattern = sys.argv[2] if len(sys.argv) > 2 else ""
        self.all = []

    def add(self, *options):
        """Registers a function of (server, witness); the server is started with `options`."""
        def register(function):
            self.all.append((function.__name__, lambda: self._run(function, options)))
            return function
        return register

    def add_alone(self, function):
        """Registers a function that starts what it needs by itself."""
        self.all.append((function.__name__, function))
        return function

    def _run(self, function, options):
        with Server(server_command(self.folder, "--log-level", "debug", *options)) as server:
            try:
                witness = Witness(server)
                function(server, witness)
                witness.check()
                witness.close()
                status, _ = server.stop()
                demand(status == 0, f"the server ended with status {status}")
            except (Failure, OSError) as failure:
                server.kill()
                raise Failure(f"{failure}\nThe server said:\n{server.output[-4000:]}") from None

    def run(self):
        """Runs those that the pattern names. Returns the status to exit with."""
        failed = 0
        for name, act in self.all:
            if self.pattern not in name:
                continue
            begun = time.monotonic()
            try:
                act()
                print(f"{name.replace('_', ' '):48} {time.monotonic() - begun:5.1f} s", flush=True)
            except (Failure, OSError, subprocess.SubprocessError) as failure:
                failed += 1
                print(f"FAILED: {name.replace('_', ' ')}: {failure}", flush=True)
        print(f"{failed} failed" if failed else "all as expected")
        return 1 if failed else 0
