// How a client becomes a person: PASS, CAP, NICK, USER; and how it stays and leaves.
#include "irc/limits.hpp"
#include "irc/line.hpp"
#include "irc/names.hpp"
#include "irc/text.hpp"
#include "irc/welcome.hpp"
#include "session.hpp"

namespace chat {

void Session::pass(const Message& message) {
    if (registered()) return say(replies()(Numeric::already_registered));
    password_ = message[0];
}

// This server has no capabilities. Clients that ask hold their registration until CAP END.
void Session::cap(const Message& message) {
    const auto answer = [&](std::string_view word, std::string_view text) {
        Line line{prefix_of(config_->options.name), "CAP"};
        say(line.word(nick_).word(word).text(text).done());
    };
    if (same_name(message[0], "LS")) {
        negotiating_ = !registered();
        answer("LS", "");
    } else if (same_name(message[0], "LIST")) {
        answer("LIST", "");
    } else if (same_name(message[0], "REQ")) {
        negotiating_ = !registered();
        answer("NAK", message[1]);
    } else if (same_name(message[0], "END")) {
        negotiating_ = false;
        try_to_register();
    } else {
        say(replies()(Numeric::invalid_cap_command, {message[0]}));
    }
}

void Session::nick(const Message& message) {
    if (message[0].empty()) return say(replies()(Numeric::no_nick_given));
    if (!is_nick(message[0])) return say(replies()(Numeric::erroneous_nick, {message[0]}));
    const std::string wanted{message[0]};
    if (registered()) {
        if (wanted != nick_) change_nick(wanted);
    } else if (ask_registry(ClaimNick{number_, wanted, nullptr})) {
        nick_ = wanted;
        try_to_register();
    } else {
        say(replies()(Numeric::nick_in_use, {wanted}));
    }
}

void Session::change_nick(const std::string& nick) {
    auto now = std::make_shared<Person>(*person_);
    now->nick = nick;
    if (!ask_registry(ClaimNick{number_, nick, now})) {
        return say(replies()(Numeric::nick_in_use, {nick}));
    }
    const std::string line = Line(prefix_of(person_->mask()), "NICK").word(nick).done();
    nick_ = nick;
    person_ = now;
    say(line);
    tell_all_channels(line, now);
}

void Session::user(const Message& message) {
    if (registered()) return say(replies()(Numeric::already_registered));
    user_ = user_name(message[0]);
    wants_invisible_ = (number_in(message[1], 255, 0) & 8) != 0;  // by RFC 2812
    real_name_ = clipped(message[3], real_name_bytes_max);
    try_to_register();
}

void Session::try_to_register() {
    if (registered() || negotiating_ || nick_.empty() || user_.empty()) return;
    const std::string& wanted = config_->options.password;
    if (!wanted.empty() && password_ != wanted) {
        say(replies()(Numeric::wrong_password));
        config_->log->limited("password", "a wrong password from " + host_);
        return end(Ending::unregistered, "Bad password");
    }
    person_ = std::make_shared<Person>(Person{.number = number_,
                                              .nick = nick_,
                                              .user = user_,
                                              .host = host_,
                                              .real_name = real_name_,
                                              .since = wall_clock_seconds(),
                                              .connection = connection_,
                                              .session = self(this)});
    registry_.tell(Introduce{person_});
    check_after(config_->options.idle_timeout);
    greet();
}

void Session::greet() {
    say(welcome(replies(), person_->mask(), config_->started));
    lusers({});
    motd({});
    if (wants_invisible_) set_invisible(true);
}

void Session::quit(const Message& message) {
    const std::string_view reason = clipped(message[0], reason_bytes_max);
    end(Ending::quit, reason.empty() ? "Quit" : "Quit: " + std::string{reason});
}

void Session::ping(const Message& message) {
    if (message.size() == 0) return say(replies()(Numeric::no_origin));
    Line line{prefix_of(config_->options.name), "PONG"};
    say(line.word(config_->options.name).text(message[0]).done());
}

void Session::pong(const Message&) {}  // that it came is all that counts

}  // namespace chat
