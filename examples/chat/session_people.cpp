// What clients say to each other, and what they may know of each other.
#include "irc/limits.hpp"
#include "irc/line.hpp"
#include "irc/names.hpp"
#include "irc/text.hpp"
#include "session.hpp"

namespace chat {

void Session::send(const Message& message, std::string_view verb, bool quiet) {
    const auto refuse = [&](const std::string& reply) { return quiet ? void() : say(reply); };
    const std::vector<std::string_view> targets = split_list(message[0]);
    if (targets.empty()) {
        return refuse(replies().with_text(Numeric::no_recipient, {},
                                          "No recipient given (" + std::string{verb} + ")"));
    }
    if (message[1].empty()) return refuse(replies()(Numeric::no_text));
    if (targets.size() > targets_max) {
        return refuse(replies()(Numeric::too_many_targets, {targets.back()}));
    }
    note_that_it_spoke();
    for (std::string_view target : targets) {
        Line line{prefix_of(person_->mask()), verb};
        line.word(target).text(message[1]);
        if (looks_like_channel(target)) {
            send_to_channel(target, line.done(), quiet);
        } else {
            send_to_person(target, line.done(), quiet);
        }
    }
}

// For WHOIS, which need not be exact.
void Session::note_that_it_spoke() {
    constexpr std::chrono::seconds often_enough{5};
    if (heard_at_ - noted_at_ < often_enough) return;
    noted_at_ = heard_at_;
    registry_.tell(NoteSpoke{number_, wall_clock_seconds()});
}

void Session::send_to_channel(std::string_view name, std::string line, bool quiet) {
    const auto told = answer_of(find_channel(name), Say{person_, std::move(line), quiet});
    if (!told) return quiet ? void() : no_such_channel(name);
    counts_.deliveries += *told;
    counts_.messages += *told > 0 ? 1 : 0;
}

void Session::send_to_person(std::string_view nick, std::string_view line, bool quiet) {
    const auto target = ask_registry(FindNick{std::string{nick}});
    if (!target) {
        if (!quiet) say(replies()(Numeric::no_such_nick, {nick}));
        return;
    }
    target->person->read(line);
    ++counts_.messages;
    ++counts_.deliveries;
    if (!quiet && !target->away.empty()) {
        say(replies().with_text(Numeric::away, {target->person->nick}, target->away));
    }
}

void Session::away(const Message& message) {
    const std::string_view reason = clipped(message[0], away_bytes_max);
    registry_.tell(SetAway{number_, std::string{reason}});
    say(replies()(reason.empty() ? Numeric::no_longer_away : Numeric::now_away));
}

void Session::ison(const Message& message) {
    std::string here;
    for (std::size_t i = 0; i < message.size(); ++i) {
        std::string_view left = message[i];  // the last one may hold several
        while (!left.empty()) {
            const std::string_view nick = left.substr(0, left.find(' '));
            left.remove_prefix(std::min(nick.size() + 1, left.size()));
            if (nick.empty()) continue;
            if (const auto found = ask_registry(FindNick{std::string{nick}})) {
                here += (here.empty() ? "" : " ") + found->person->nick;
            }
        }
    }
    say(replies().with_text(Numeric::is_on, {}, here));
}

void Session::userhost(const Message& message) {
    constexpr std::size_t nicks_max = 5;  // by the protocol
    std::string answer;
    for (std::size_t i = 0; i < std::min(message.size(), nicks_max); ++i) {
        const auto found = ask_registry(FindNick{std::string{message[i]}});
        if (!found) continue;
        const Person& person = *found->person;
        answer += (answer.empty() ? "" : " ") + person.nick + (found->away.empty() ? "=+" : "=-");
        answer += person.user + '@' + person.host;
    }
    say(replies().with_text(Numeric::user_host, {}, answer));
}

void Session::who(const Message& message) {
    const std::string_view mask = message[0].empty() || message[0] == "0" ? "*" : message[0];
    if (looks_like_channel(mask)) {
        if (!same_name(message[1], "o")) who_of_channel(mask);
    } else if (!same_name(message[1], "o")) {  // those are operators of the server: there are none
        for (const Found& found : ask_registry(FindMatching{number_, std::string{mask}})) {
            who_line("*", found, "");
        }
    }
    say(replies()(Numeric::end_of_who, {mask}));
}

void Session::who_of_channel(std::string_view name) {
    const auto members = answer_of(find_channel(name), ShowMembers{number_});
    if (!members) return;
    std::unordered_map<PersonNumber, std::string_view> signs;
    FindNumbers find;
    for (const Member& member : *members) {
        signs[member.person->number] = member.sign();
        find.numbers.push_back(member.person->number);
    }
    for (const Found& found : ask_registry(std::move(find))) {
        who_line(name, found, signs[found.person->number]);
    }
}

void Session::who_line(std::string_view channel, const Found& found, std::string_view sign) {
    const Person& person = *found.person;
    std::string flags{found.away.empty() ? "H" : "G"};
    flags += sign;
    const std::string& server = config_->options.name;
    say(replies().with_text(Numeric::who,
                            {channel, person.user, person.host, server, person.nick, flags},
                            "0 " + person.real_name));
}

void Session::whois(const Message& message) {
    // WHOIS server nick: the server is this one.
    const std::string_view nicks = message[message.size() > 1 ? 1 : 0];
    if (nicks.empty()) return say(replies()(Numeric::no_nick_given));
    std::size_t answered = 0;
    for (std::string_view nick : split_list(nicks)) {
        if (answered++ < targets_max) whois_one(nick);
    }
    say(replies()(Numeric::end_of_who_is, {nicks}));
}

void Session::whois_one(std::string_view nick) {
    const auto found = ask_registry(FindNick{std::string{nick}});
    if (!found) return say(replies()(Numeric::no_such_nick, {nick}));
    const Person& person = *found->person;
    const Replies reply = replies();
    say(reply.with_text(Numeric::who_is_user, {person.nick, person.user, person.host, "*"},
                        person.real_name));
    whois_channels(person);
    say(reply.with_text(Numeric::who_is_server, {person.nick, config_->options.name}, "greenroom"));
    if (!found->away.empty()) say(reply.with_text(Numeric::away, {person.nick}, found->away));
    const std::string idle = std::to_string(wall_clock_seconds() - found->spoke_at);
    say(reply.with_text(Numeric::who_is_idle, {person.nick, idle, std::to_string(person.since)},
                        "seconds idle, signon time"));
}

// As many lines as it takes.
void Session::whois_channels(const Person& person) {
    const auto line_of = [&](std::string_view names) {
        return replies().with_text(Numeric::who_is_channels, {person.nick}, names);
    };
    const std::size_t room = line_bytes_max - line_of({}).size();
    std::string some;
    for (const std::string& name : ask_registry(ChannelsOf{person.number})) {
        const auto shown = answer_of(find_channel(name), SignOf{person.number, number_});
        if (!shown || shown->empty()) continue;
        if (some.size() + 1 + shown->size() > room) say(line_of(std::exchange(some, {})));
        some += (some.empty() ? "" : " ") + *shown;
    }
    if (!some.empty()) say(line_of(some));
}

// Nobody is remembered who has left.
void Session::whowas(const Message& message) {
    if (message[0].empty()) return say(replies()(Numeric::no_nick_given));
    say(replies()(Numeric::was_no_such_nick, {message[0]}));
    say(replies()(Numeric::end_of_who_was, {message[0]}));
}

}  // namespace chat
