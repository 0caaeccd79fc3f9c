"""irssi and weechat, in terminals, talk to each other through the chat server.

Run      irc_clients.py FOLDER                     the greenroom_chat built in FOLDER
         irc_clients.py FOLDER COMMAND...          another server; @PORT@ in it becomes a free port
Needs    tmux, irssi, weechat (Debian's weechat-curses)
Prints   a line for each step; when one fails, both screens, and ends with status 1.
"""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chat"))
from chat_server import Failure, Server, eventually, server_command  # noqa: E402

STEP_SECONDS = 20
CHANNEL = "#tea"


class Terminal:
    """A program in a tmux session of its own server, with a throw-away home."""

    def __init__(self, folder, name, command):
        self.name = name
        self.socket = os.path.join(folder, f"{name}.tmux")
        self.log = os.path.join(folder, f"{name}.screen")
        self.home = os.path.join(folder, name)
        os.makedirs(self.home, exist_ok=True)
        environment = dict(os.environ, HOME=self.home, LC_ALL="C.UTF-8", TERM="xterm-256color",
                           TMUX_TMPDIR=folder)
        environment.pop("TMUX", None)
        self.environment = environment
        # Wide, so that a line of the chat is one line of the screen. What follows the program keeps
        # its last screen, should it end.
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "160", "-y", "50",
                  f"{command}; echo program ended with $?; sleep 600")

    def tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", self.socket, *arguments], env=self.environment,
                              check=True, capture_output=True, text=True, timeout=10).stdout

    def type(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def screen(self):
        return self.tmux("capture-pane", "-p")

    def shows(self, *texts):
        """Waits until one line of the screen has all of `texts` in it."""
        def seen():
            return any(all(text in line for text in texts) for line in self.screen().splitlines())
        eventually(seen, f"{self.name} to show {' ... '.join(texts)}", STEP_SECONDS)

    def ended(self):
        eventually(lambda: "program ended with 0" in self.screen(), f"{self.name} to end",
                   STEP_SECONDS)

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment,
                       capture_output=True, check=False, timeout=10)


def start_irssi(folder, port):
    home = os.path.join(folder, "irssi_home")
    os.makedirs(home, exist_ok=True)
    with open(os.path.join(home, "config"), "w", encoding="ascii") as config:
        config.write('settings = { core = { real_name = "Ada"; user_name = "ada"; nick = "ada"; };'
                     ' "fe-text" = { autostick_split_windows = "no"; }; };\n')
    return Terminal(folder, "irssi", f"irssi --home={home} -c 127.0.0.1 -p {port} -n ada")


def start_weechat(folder, port):
    home = os.path.join(folder, "weechat_home")
    settings = [
        "/set irc.look.server_buffer independent",
        "/set irc.look.smart_filter off",
        "/set irc.msgbuffer.whois current",
        "/set weechat.look.buffer_notify_default all",
        "/set irc.server_default.autojoin \"\"",
        f"/server add house 127.0.0.1/{port} -notls",
        "/set irc.server.house.nicks grace",
        "/set irc.server.house.username grace",
        "/connect house",
    ]
    runs = " ".join(f"-r '{setting}'" for setting in settings)
    return Terminal(folder, "weechat", f"weechat -d {home} {runs}")


def steps(irssi, weechat):
    """What happens, in order: (what it shows, an action or None, (terminal, texts of a line)..)."""
    return [
        ("both register", None, (irssi, ["Welcome to"]), (weechat, ["Welcome to"])),
        ("irssi joins", lambda: irssi.type(f"/join {CHANNEL}"),
         (irssi, ["[@ada(+i)]", CHANNEL]), (irssi, ["Join to", CHANNEL, "was synced"])),
        ("weechat joins, seen by irssi", lambda: weechat.type(f"/join {CHANNEL}"),
         (irssi, ["grace", "has joined", CHANNEL]), (weechat, [f"Channel {CHANNEL}: 2 nicks"])),
        ("irssi speaks to weechat", lambda: irssi.type("Is the kettle on? \u8336"),
         (weechat, ["ada", "Is the kettle on? \u8336"])),
        ("weechat speaks to irssi", lambda: weechat.type("It whistles."),
         (irssi, ["grace>", "It whistles."])),
        ("irssi sets a topic, seen by weechat",
         lambda: irssi.type("/topic Green or black?"),
         (weechat, ["ada", "has", "topic", "Green or black?"])),
        ("weechat is made operator", lambda: irssi.type("/op grace"),
         (irssi, ["mode/", "+o grace"]), (weechat, ["+o grace"])),
        ("weechat sets a topic, seen by irssi", lambda: weechat.type("/topic Black."),
         (irssi, ["grace", "changed the topic", "Black."])),
        ("irssi changes its nick, seen by weechat", lambda: irssi.type("/nick countess"),
         (weechat, ["ada is now known as countess"]), (irssi, ["now known as countess"])),
        ("weechat changes its nick, seen by irssi", lambda: weechat.type("/nick admiral"),
         (irssi, ["grace is now known as admiral"])),
        ("the new names are in use", lambda: weechat.type("Aye."), (irssi, ["admiral>", "Aye."])),
        ("weechat asks who irssi is", lambda: weechat.type("/whois countess"),
         (weechat, ["[countess]", "ada@127.0.0.1"]), (weechat, ["[countess]", "End of WHOIS"])),
        ("irssi asks who is here", lambda: irssi.type(f"/names {CHANNEL}"),
         (irssi, ["Total of 2 nicks"])),
        ("a private message", lambda: irssi.type("/msg admiral between us"),
         (weechat, ["4.", "countess"])),
        ("and its text", lambda: weechat.type("/buffer countess"),
         (weechat, ["countess", "between us"])),
        ("back to the channel", lambda: weechat.type(f"/buffer {CHANNEL}"),
         (weechat, ["It whistles."])),
        ("weechat leaves the channel, seen by irssi", lambda: weechat.type("/part cold tea"),
         (irssi, ["admiral", "has left", "cold tea"])),
        ("weechat comes back", lambda: weechat.type(f"/join {CHANNEL}"),
         (irssi, ["admiral", "has joined"]), (weechat, [f"Channel {CHANNEL}: 2 nicks"])),
        ("irssi quits, seen by weechat", lambda: irssi.type("/quit off to bed"),
         (weechat, ["countess", "has quit", "off to bed"])),
    ]


def run(folder, port):
    irssi = start_irssi(folder, port)
    weechat = start_weechat(folder, port)
    try:
        for number, (what, action, *expected) in enumerate(steps(irssi, weechat), 1):
            if action:
                action()
            for terminal, texts in expected:
                terminal.shows(*texts)
            print(f"step {number:2}: {what}", flush=True)
        irssi.ended()
        weechat.type("/quit good night")
        weechat.ended()
        print("both clients ended by themselves", flush=True)
    except (Failure, subprocess.SubprocessError) as failure:
        raise Failure(f"{failure}\n--- irssi ---\n{irssi.screen()}\n--- weechat ---\n"
                      f"{weechat.screen()}") from None
    finally:
        irssi.close()
        weechat.close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_server(arguments):
    if len(arguments) < 2:
        return Server(server_command(arguments[0], "--name", "chat.greenroom"))
    port = free_port()
    return Server([word.replace("@PORT@", str(port)) for word in arguments[1:]], port)


def main(arguments):
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    missing = [name for name in ("tmux", "irssi", "weechat") if not shutil.which(name)]
    if missing:
        print("missing: " + ", ".join(missing), file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="greenroom_irc_", ignore_cleanup_errors=True) as folder:
        try:
            with start_server(arguments) as server:
                run(folder, server.port)
                if len(arguments) < 2:
                    status, seconds = server.stop()
                    if status != 0:
                        raise Failure(f"the server ended with {status}:\n{server.output}")
                    print(f"the server ended with status 0 after {seconds:.1f} s")
        except Failure as failure:
            print(f"FAILED: {failure}", file=sys.stderr)
            return 1
    print("irssi and weechat: all steps passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
