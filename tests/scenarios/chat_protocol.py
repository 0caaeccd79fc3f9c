"""The commands of the chat, one by one, over sockets: what is answered, to whom, in which order.

Run      chat_protocol.py FOLDER [PATTERN]    the greenroom_chat built in FOLDER
Prints   a line for each show.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chat"))
from chat_server import Client  # noqa: E402
from shows import Shows, demand  # noqa: E402

shows = Shows(__doc__)


def people(server, *nicks, channel=None):
    """Clients of these nicks, all in `channel`; the first one is its operator."""
    clients = [Client(server, nick) for nick in nicks]
    for client in clients if channel else []:
        client.send(f"JOIN {channel}")
        client.expect(f" 366 {client.nick} {channel} ")
    for client in clients:
        client.sync()
    return clients


@shows.add("--name", "chat.example.org", "--motd", "first line\nsecond line")
def the_welcome(server, _):
    client = Client(server)
    client.send("CAP LS 302", "NICK ada", "USER ada 0 * :Ada L")
    client.expect(r"^:chat\.example\.org CAP \* LS :$|CAP ada LS :$", never=" 001 ")
    client.send("CAP REQ :multi-prefix")
    client.expect("CAP ada NAK :multi-prefix", never=" 001 ")
    client.send("CAP END")
    for pattern in (r"^:chat\.example\.org 001 ada :.*ada!ada@127\.0\.0\.1$", " 002 ", " 003 ",
                    r" 004 ada chat\.example\.org ", " 005 ada .*NICKLEN=32 ", " 251 ", " 255 ",
                    " 265 ", " 266 ", " 375 ", " 372 ada :- first line", " 372 .*second", " 376 "):
        client.expect(pattern)
    client.send("MOTD", "VERSION", "TIME", "LUSERS")
    for pattern in (" 376 ", " 351 ada greenroom_chat", " 391 ada ", " 266 "):
        client.expect(pattern)


@shows.add()
def a_long_nick(server, _):
    nick = "n" * 32
    client = Client(server, nick)
    client.send(f"JOIN #{'c' * 49}")
    client.expect(f" 353 {nick} = #c+ :@{nick}$")


@shows.add()
def joining_and_leaving(server, _):
    ada, grace = people(server, "ada", "grace", channel="#tea")
    demand(ada.lines.count(":grace!grace@127.0.0.1 JOIN #tea") == 1, "one JOIN")
    grace.send("PART #tea :cold tea")
    for client in (ada, grace):
        client.expect("^:grace!grace@127.0.0.1 PART #tea :cold tea$")
    grace.send("PART #tea", "PART #none", "JOIN tea", "JOIN #a,#b", "JOIN 0", "PRIVMSG #a :x")
    for pattern in (" 442 grace #tea ", " 403 grace #none ", " 403 grace tea ", " 366 grace #a ",
                    " 366 grace #b ", "PART #[ab]", "PART #[ab]", " 40[34] grace #a "):
        grace.expect(pattern)


@shows.add()
def a_nick_and_a_quit_are_told_once(server, _):
    ada, grace = people(server, "ada", "grace", channel="#one")
    for client in (ada, grace):
        client.send("JOIN #two,#three")
        client.expect(" 366 .*#three")
    ada.sync()
    ada.send("NICK countess")
    ada.expect("^:ada!.* NICK :?countess$")
    ada.send("PRIVMSG #three :after", "QUIT :good night")
    ada.expect_end()
    grace.expect("^:ada!.* NICK :?countess$")
    grace.expect("^:countess!.*PRIVMSG #three :after", never=" NICK ")
    grace.expect("^:countess!.* QUIT :.*good night", never=" NICK ")
    grace.send("PING end")
    grace.expect("PONG", never="NICK|QUIT")


@shows.add()
def modes_keep_people_out(server, _):
    ada, grace = people(server, "ada", "grace")
    ada.send("JOIN #tea", "MODE #tea +ik key", "MODE #tea")
    ada.expect(r"^:ada!.* MODE #tea \+ik key$")
    ada.expect(r" 324 ada #tea \+intk key$")
    grace.send("JOIN #tea")
    grace.expect(" 473 grace #tea ")
    ada.send("INVITE grace #tea")
    ada.expect(" 341 ada grace #tea")
    grace.expect("^:ada!.* INVITE grace :?#tea$")
    grace.send("JOIN #tea key")
    grace.expect(" 366 grace #tea ")
    grace.send("TOPIC #tea :mine", "MODE #tea +m", "KICK #tea ada", "MODE #tea b", "WHO #tea")
    for pattern in (" 482 grace #tea ", " 482 grace #tea ", " 482 grace #tea ", " 368 grace #tea ",
                    r" 352 grace #tea .* H@ :0 ada$", " 315 grace #tea "):
        grace.expect(pattern)
    ada.send("MODE #tea -ik+b *!*@127.0.0.1 key", "MODE #tea +b grace!*@*", "KICK #tea grace :out")
    grace.expect("^:ada!.* KICK #tea grace :out$")
    grace.send("JOIN #tea")
    grace.expect(" 474 grace #tea ")


@shows.add()
def private_messages(server, _):
    ada, grace = people(server, "ada", "grace")
    ada.send("AWAY :at tea", "PRIVMSG grace,nobody :hello", "NOTICE nobody :silence", "PING x")
    for pattern in (" 306 ada ", " 401 ada nobody "):
        ada.expect(pattern)
    ada.expect("PONG", never=" 401 ")
    grace.expect("^:ada!.* PRIVMSG grace :hello$")
    grace.send("PRIVMSG ADA :hello back", "PRIVMSG", "PRIVMSG ada")
    grace.send("ISON nobody Ada", "USERHOST ada")
    ada.expect("^:grace!.* PRIVMSG ADA :hello back$")
    for pattern in (" 301 grace ada :at tea$", " 411 grace ", " 412 grace ", " 303 grace :ada$",
                    r" 302 grace :ada=-ada@127\.0\.0\.1"):
        grace.expect(pattern)
    ada.send("AWAY")
    ada.expect(" 305 ada ")


@shows.add()
def who_is_who(server, _):
    ada, grace = people(server, "ada", "grace", channel="#tea")
    ada.send("JOIN #secret", "MODE #secret +s")
    ada.expect(r"MODE #secret \+s")
    grace.send("WHOIS ada", "WHOIS nobody", "WHO ada", "WHOWAS ada", "LIST", "NAMES #secret")
    for pattern in (r" 311 grace ada ada 127\.0\.0\.1 \* :ada$", " 319 grace ada :@#tea$",
                    " 312 grace ada ", " 317 grace ada ", " 318 grace ada ", " 401 grace nobody ",
                    " 318 grace nobody ", " 352 grace ", " 315 grace ada ", " 406 grace ada ",
                    " 369 grace ada ", " 321 grace "):
        grace.expect(pattern)
    grace.expect(" 323 grace ", never="#secret")
    grace.expect(" 366 grace #secret ", never=" 353 ")
    ada.send("MODE ada +i", "MODE ada", "MODE grace +i", "MODE ada +x")
    for pattern in (r"MODE ada :?\+i", r" 221 ada \+i", " 502 ada ", " 501 ada "):
        ada.expect(pattern)
    grace.send("PART #tea", "WHO *")
    grace.expect(" 315 grace ", never=" 352 grace .* ada H")


@shows.add()
def the_invisible(server, _):
    ada, grace = people(server, "ada", "grace", channel="#tea")
    eve = Client(server)
    eve.send("NICK eve", "USER eve 8 * :eve")  # invisible from the start, by RFC 2812
    eve.expect(" 376 | 422 ")
    eve.expect(r"^:eve!.* MODE eve :?\+i$")
    ada.send("MODE ada +i")
    ada.expect(r"MODE ada :?\+i")
    ada.sync()
    eve.send("NAMES #tea", "WHO #tea", "WHO gra* ", "WHO ada", "WHO * o")
    eve.expect(" 353 eve = #tea :grace$", never=" 353 .*ada")
    eve.expect(" 315 eve #tea ", never=" 352 eve .* ada H")
    eve.expect(r" 352 eve \* .* grace H ")
    eve.expect(r" 352 eve \* .* ada H ")
    eve.expect(" 315 eve ada ")
    eve.expect(r" 315 eve \* ", never=" 352 ")
    grace.send("WHO ad*", "NAMES #tea")
    grace.expect(r" 352 grace \* .* ada H ")
    grace.expect(" 353 grace = #tea :@ada grace$")


@shows.add()
def lists_with_masks_and_keys_in_places(server, _):
    ada, grace = people(server, "ada", "grace")
    ada.send("JOIN #tea,#toast,#milk", "MODE #milk +k white", "MODE #milk")
    ada.expect(" 324 ada #milk ")
    grace.send("LIST #t*", "LIST #milk,#none", "JOIN #toast,#milk ,white", "PING end")
    grace.expect(" 321 ")
    names = {grace.expect(" 322 grace (#[a-z]+) 1 ")[1] for _ in range(2)}
    demand(names == {"#tea", "#toast"}, f"LIST #t* gave {names}")
    grace.expect(" 323 ", never=" 322 ")
    grace.expect(" 322 grace #milk 1 ")
    grace.expect(" 366 grace #toast ")
    grace.expect(" 366 grace #milk ", never=" 475 ")


@shows.add()
def kicks_of_several_and_other_servers(server, _):
    ada, grace = people(server, "ada", "grace", channel="#a")
    grace.send("JOIN #b", "AWAY :asleep")
    grace.expect(" 306 ")
    ada.send("JOIN #b", "KICK #a,#b grace,ada :one each", "KICK #a,#b grace")
    ada.expect("^:ada!.* KICK #a grace :one each$")
    ada.expect(" 482 ada #b ")
    ada.expect(" 461 ada KICK ")
    ada.send("INVITE grace #a", "MOTD no.such.server", "VERSION chat.*", "TIME grace",
             "LUSERS * no.such.server")
    for pattern in (" 341 ada grace #a", " 301 ada grace :asleep", " 402 ada no.such.server ",
                    " 351 ada ", " 391 ada ", " 402 ada no.such.server "):
        ada.expect(pattern)


@shows.add()
def a_person_in_a_hundred_channels(server, _):
    ada, grace = people(server, "ada", "grace")
    wanted = {f"#{number}{'c' * 40}" for number in range(100)}
    for name in wanted:
        ada.send(f"JOIN {name}")
    ada.sync()
    grace.send("WHOIS ada", "PING end")
    found = set()
    grace.expect(" 311 ")
    while (line := grace.next_line()) and " 318 " not in line:
        demand(len(line) <= 510, f"a line of {len(line)} bytes")
        if " 319 " in line:
            found |= {name.lstrip("@") for name in line.split(" :")[1].split()}
    demand(found == wanted, f"WHOIS told {len(found)} of 100 channels")


@shows.add()
def kicked_while_it_leaves_and_joins(server, _):
    """Whoever is kicked just as it leaves and comes back must not stay behind as a ghost."""
    rounds = 400
    ada, grace = people(server, "ada", "grace", channel="#tea")
    for _ in range(rounds):
        ada.send_bytes(b"KICK #tea grace :out\r\n")
        grace.send_bytes(b"PART #tea\r\nJOIN #tea\r\n")
        ada.sync()
        grace.sync()
        grace.send("JOIN #tea", "NAMES #tea")
        names = grace.expect(" 353 grace = #tea :(.*)$")[1]
        demand("grace" in names.split(), f"a JOIN was passed over: {names}")
        grace.sync()
    kicked = sum(" 442 " in line for line in grace.lines)
    demand(kicked > 0, "no kick met a PART: nothing was shown")
    grace.send("QUIT")
    grace.expect_end()
    ada.sync()
    ada.send("NAMES #tea")
    names = ada.expect(" 353 ada = #tea :(.*)$")[1]
    demand(names == "@ada", f"a ghost stayed behind: {names}")


@shows.add("--max-backlog", "4096")
def a_list_longer_than_may_be_queued(server, _):
    ada, grace = people(server, "ada", "grace")
    for number in range(100):
        ada.send(f"JOIN #list{number}", f"TOPIC #list{number} :{'t' * 280}")
        ada.sync()  # it is grace who does not read
    grace.send("LIST")
    told = 0
    while (line := grace.next_line()) and " 323 " not in line:
        told += " 322 grace #list" in line
    demand(told == 100, f"LIST told of {told} channels")


@shows.add()
def channels_that_come_and_go(server, _):
    """The last one leaves just as another comes: nobody may fall between two channels."""
    rounds = 1000
    clients = people(server, *(f"c{number}" for number in range(8)))
    for client in clients:
        client.send_bytes(b"JOIN #door\r\nPART #door\r\n" * rounds)
    for client in clients:
        for _ in range(rounds):
            client.expect(f"^:{client.nick}!.* JOIN :?#door$", never=" 403 ")
            client.expect(f" 366 {client.nick} #door ", never=" 403 ")
            client.expect(f"^:{client.nick}!.* PART :?#door", never=" 40[34] ")
    clients[0].send("JOIN #door")
    found = clients[0].expect(" 353 c0 = #door :(.*)$")
    demand(found[1] == "@c0", f"somebody stayed behind: {found[1]}")


if __name__ == "__main__":
    sys.exit(shows.run())
