"""Clients that misbehave, against the chat server.

Run      chat_hostile.py FOLDER [PATTERN]    the greenroom_chat built in FOLDER
Prints   a line for each show. Each also checks that two well-behaved clients are unharmed.
"""
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chat"))
from chat_server import Client, Failure, eventually  # noqa: E402
from shows import Shows, demand, open_files  # noqa: E402

shows = Shows(__doc__)


@shows.add()
def a_line_over_the_limit(server, witness):
    before = server.memory_kib()
    client = Client(server, "long")
    client.send("JOIN #long")
    client.expect(" 366 ")
    client.send("PRIVMSG #long :" + "x" * 600)
    client.expect(" 417 long ")
    for _ in range(20):
        client.send_bytes(b"y" * 100_000)
        witness.check()
    demand(server.memory_kib() < before + 20_000, "a line without an end fills the memory")
    client.send_bytes(b"y\r\n")
    client.expect(" 417 long ")
    client.sync()
    client.send("PRIVMSG long :" + "z" * 480)  # with the prefix it would be too long for others
    line = client.expect("PRIVMSG long :z+").string
    demand(len(line) <= 510, f"a line of {len(line)} bytes came from the server")


@shows.add()
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
    one.send_bytes(b"PRIVMSG #latin :one\rQUIT :another\r\n")
    one.expect(" 400 ")
    one.send("PRIVMSG #latin :caf\u00e9")
    other.expect("PRIVMSG #latin :caf\u00e9$", never="PRIVMSG|QUIT")


@shows.add()
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


@shows.add()
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


@shows.add("--max-clients", "4")
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


@shows.add("--registration-timeout", "2")
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


@shows.add("--idle-timeout", "1")
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


@shows.add()
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


@shows.add("--max-backlog", "65536")
def one_that_never_reads(server, witness):
    deaf = Client(server, "deaf", receive_bytes=4096)
    talkers = [Client(server, f"talker{i}") for i in range(2)]
    for client in (deaf, *talkers):
        client.send("JOIN #loud")
        client.expect(" 366 ")
    talkers[0].expect("talker1!.* JOIN ")
    gone = False
    for number in range(40_000):  # until the kernel's buffers and the backlog are full
        if gone:
            break
        talkers[0].send(f"PRIVMSG #loud :{number} " + "x" * 400)
        if number % 50 < 49:  # fewer than may be queued for who reads, however late
            continue
        for expected in range(number - 49, number + 1):
            found = talkers[1].expect(rf"PRIVMSG #loud :{expected} |:deaf!.* QUIT ",
                                      never="PRIVMSG")
            if "QUIT" in found[0]:
                gone = True
                talkers[1].expect(rf"PRIVMSG #loud :{expected} ", never="PRIVMSG|QUIT")
        talkers[0].sync()
        witness.check()
    demand(gone, "40,000 messages later the client that does not read is still there")
    server.says("does not read")


@shows.add()
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


@shows.add("--enable-test-commands")
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


@shows.add()
def many_that_come_and_go(server, witness):
    for number in range(300):
        client = socket.create_connection(("127.0.0.1", server.port), 10)
        client.sendall((b"", b"NICK x\r\n", b"NICK x\r\nUSER x 0 * :x\r\nJOIN #witness\r\n",
                        b"\r\n" * 2000, os.urandom(3000))[number % 5])
        client.close()
    witness.check(20)
    eventually(lambda: open_files(server) < 40, "the descriptors of those who left to be closed")


if __name__ == "__main__":
    sys.exit(shows.run())
