"""What the scenarios of the chat share: a server that runs, and a client that talks to it by hand.

Every wait has a deadline: a scenario fails with a message, it never hangs.
"""
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time

WAIT_SECONDS = 10


class Failure(Exception):
    """What a scenario expected and did not get, in words."""


def server_command(folder, *options):
    """The command that starts the chat server built in `folder`, on a port that is free."""
    program = os.path.join(folder, "greenroom_chat")
    if not os.access(program, os.X_OK):
        raise Failure(f"{program}: no such program; build it first")
    return [program, "--port", "0", *options]


def eventually(condition, what, seconds=WAIT_SECONDS):
    """Polls `condition` until it holds; the wait is between polls only."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise Failure(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)
    return result


class Server:
    """A server process. Its output is read as it comes: `output` has all of it."""

    def __init__(self, command, port=None, files=None):
        """`port`: where it will listen, if its output does not say so. `files`: RLIMIT_NOFILE."""
        limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, files)) if files else None
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, preexec_fn=limit)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.output = ""
        self.port = port
        try:
            eventually(self._listens, f"{command[0]} to listen")
        except Failure as failure:
            self.kill()
            raise Failure(f"{failure}; it said:\n{self.output}") from None

    def _listens(self):
        self.read()
        if self.process.poll() is not None:
            raise Failure(f"the server ended with status {self.process.returncode}")
        if self.port is None:
            found = re.search(r"listening on \S*:(\d+)", self.output)
            if not found:
                return False
            self.port = int(found.group(1))
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def read(self):
        """Takes in what the server has printed up to now."""
        while chunk := self.process.stdout.read():
            self.output += chunk.decode("utf-8", "replace")
        return self.output

    def says(self, text, seconds=WAIT_SECONDS):
        """Waits until the server has printed `text`."""
        eventually(lambda: text in self.read(), f"the server to print '{text}'; it printed:\n"
                   + self.read(), seconds)

    def memory_kib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def stop(self, number=signal.SIGTERM, seconds=WAIT_SECONDS):
        """Ends the server by a signal. Returns its status and the seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(number)
        try:
            eventually(lambda: self.read() is not None and self.process.poll() is not None,
                       "the server to end", seconds)
        except Failure:
            self.kill()
            raise
        self.read()
        return self.process.returncode, time.monotonic() - begun

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Client:
    """One connection. `nick` registers with that name at once; None only connects."""

    def __init__(self, server, nick=None, password=None, receive_bytes=None):
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(WAIT_SECONDS)
        self.socket.connect(("127.0.0.1", server.port))
        self.nick = nick
        self.bytes = b""
        self.lines = []  # all that came and was looked at
        self.closed = False
        if password:
            self.send(f"PASS {password}")
        if nick:
            self.send(f"NICK {nick}", f"USER {nick} 0 * :{nick}")
            self.expect(" 001 ")
            self.expect(r" (376|422) ")

    def send(self, *lines):
        self.send_bytes("".join(line + "\r\n" for line in lines).encode())

    def send_bytes(self, data):
        self.socket.sendall(data)

    def next_line(self, seconds=WAIT_SECONDS):
        """The next line, without its end; None if the server closed, or was silent for so long."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self.bytes and not self.closed:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return None
            try:
                chunk = self.socket.recv(65536)
            except OSError:
                chunk = b""
            self.closed = not chunk
            self.bytes += chunk
        if b"\n" not in self.bytes:
            return None
        line, self.bytes = self.bytes.split(b"\n", 1)
        line = line.rstrip(b"\r").decode("utf-8", "replace")
        if line.startswith("PING "):
            self.send("PONG " + line[5:])
        self.lines.append(line)
        return line

    def expect(self, pattern, seconds=WAIT_SECONDS, never=None):
        """Skips to the line in which `pattern` is found, and returns the match."""
        deadline = time.monotonic() + seconds
        seen = []
        while (left := deadline - time.monotonic()) > 0:
            line = self.next_line(left)
            if line is None:
                break
            if found := re.search(pattern, line):
                return found
            if never and re.search(never, line):
                raise Failure(f"{self.nick}: got '{line}' before /{pattern}/")
            seen.append(line)
        why = "the server closed" if self.closed else f"waited {seconds} s in vain"
        raise Failure(f"{self.nick}: no line like /{pattern}/: {why}; got\n  " + "\n  ".join(seen))

    def expect_end(self, seconds=WAIT_SECONDS):
        """Reads on until the server closes. Returns the lines that came before."""
        lines = []
        deadline = time.monotonic() + seconds
        while not self.closed:
            line = self.next_line(max(0.01, deadline - time.monotonic()))
            if line is not None:
                lines.append(line)
            elif not self.closed:
                raise Failure(f"{self.nick}: the server did not close within {seconds} s")
        return lines

    def sync(self, seconds=WAIT_SECONDS):
        """True round trip: what was sent before has been answered when this returns."""
        token = f"sync{time.monotonic_ns()}"
        self.send(f"PING {token}")
        self.expect(rf"PONG .*{token}", seconds)

    def close(self):
        self.socket.close()
