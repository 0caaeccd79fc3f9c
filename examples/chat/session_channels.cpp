// What a client does with channels.
#include <algorithm>
#include <greenroom/core/sleep.hpp>

#include "irc/limits.hpp"
#include "irc/line.hpp"
#include "irc/names.hpp"
#include "irc/text.hpp"
#include "irc/wildcard.hpp"
#include "session.hpp"

namespace chat {

void Session::join(const Message& message) {
    if (message[0] == "0") {  // the protocol's way to say: leave all
        const Channels leaving = channels_;
        for (const auto& [key, channel] : leaving) part_one(key, {});
        return;
    }
    const std::vector<std::string_view> names = split_list(message[0]);
    const std::vector<std::string_view> keys = split_places(message[1]);
    for (std::size_t i = 0; i < names.size(); ++i) {
        join_one(names[i], i < keys.size() ? keys[i] : std::string_view{});
    }
}

void Session::join_one(std::string_view name, std::string_view key) {
    if (!is_channel_name(name)) return no_such_channel(name);
    if (is_member(folded(name))) return;
    forget_channel(folded(name));  // it was taken out of it, and has not heard of that yet
    if (channels_.size() == channels_max) {
        return say(replies()(Numeric::too_many_channels, {name}));
    }
    const auto channel =
        answer_of(registry_, JoinChannel{std::string{name}, person_, std::string{key}});
    if (!channel) return say(replies()(Numeric::unavailable, {name}));  // it was killed meanwhile
    if (!*channel) return;
    channels_.emplace(folded(name), *channel);
    registry_.tell(NoteChannel{number_, std::string{name}, true});
}

greenroom::Ref<Channel> Session::find_channel(std::string_view name) {
    const auto found = channels_.find(folded(name));
    if (found != channels_.end()) return found->second;
    if (!looks_like_channel(name)) return {};
    return ask_registry(FindChannel{std::string{name}});
}

void Session::no_such_channel(std::string_view name) {
    say(replies()(Numeric::no_such_channel, {name}));
}

void Session::part(const Message& message) {
    for (std::string_view name : split_list(message[0])) part_one(name, message[1]);
}

void Session::part_one(std::string_view name, std::string_view reason) {
    ask_channel(name, Part{person_, std::string{reason}});
    forget_channel(folded(name));
}

// The channel knows; what is noted here may be a moment old.
bool Session::is_member(const std::string& key) {
    const auto found = channels_.find(key);
    return found != channels_.end() && answer_of(found->second, IsMember{number_}).value_or(false);
}

void Session::forget_channel(const std::string& key) {
    if (channels_.erase(key) > 0) registry_.tell(NoteChannel{number_, key, false});
}

void Session::topic(const Message& message) {
    if (message.size() == 1) {
        ask_channel(message[0], ShowTopic{person_});
    } else {
        ask_channel(message[0], SetTopic{person_, std::string{message[1]}});
    }
}

void Session::names(const Message& message) {
    if (message.size() == 0) return say(replies()(Numeric::end_of_names, {"*"}));
    for (std::string_view name : split_list(message[0])) {
        if (!answer_of(find_channel(name), ShowNames{person_})) {
            say(replies()(Numeric::end_of_names, {name}));
        }
    }
}

void Session::kick(const Message& message) {
    const std::vector<std::string_view> names = split_list(message[0]);
    const std::vector<std::string_view> nicks = split_list(message[1]);
    if (nicks.size() > targets_max) return say(replies()(Numeric::too_many_targets, {"KICK"}));
    if (names.empty() || (names.size() > 1 && names.size() != nicks.size())) {
        return say(replies()(Numeric::need_more_params, {"KICK"}));
    }
    for (std::size_t i = 0; i < nicks.size(); ++i) {
        const std::string_view name = names[names.size() == 1 ? 0 : i];
        ask_channel(name, Kick{person_, std::string{nicks[i]}, std::string{message[2]}});
    }
}

void Session::invite(const Message& message) {
    const auto guest = ask_registry(FindNick{std::string{message[0]}});
    if (!guest) return say(replies()(Numeric::no_such_nick, {message[0]}));
    const auto holds = answer_of(find_channel(message[1]), Invite{person_, guest->person});
    if (!holds) return no_such_channel(message[1]);
    if (*holds && !guest->away.empty()) {
        say(replies().with_text(Numeric::away, {guest->person->nick}, guest->away));
    }
}

void Session::mode(const Message& message) {
    if (!looks_like_channel(message[0])) return own_mode(message);
    std::vector<std::string> words;
    for (std::size_t i = 1; i < message.size(); ++i) words.emplace_back(message[i]);
    ask_channel(message[0], ChangeMode{person_, std::move(words)});
}

// The one mode that a person can have: i, invisible to WHO.
void Session::own_mode(const Message& message) {
    if (!same_name(message[0], nick_)) {
        const bool exists = ask_registry(FindNick{std::string{message[0]}}).has_value();
        if (exists) return say(replies()(Numeric::users_do_not_match));
        return say(replies()(Numeric::no_such_nick, {message[0]}));
    }
    if (message.size() == 1) {
        return say(replies().bare(Numeric::user_modes, {person_->invisible ? "+i" : "+"}));
    }
    bool invisible = person_->invisible;
    bool adds = true;
    for (char letter : message[1]) {
        if (letter == '+' || letter == '-') {
            adds = letter == '+';
        } else if (letter == 'i') {
            invisible = adds;
        } else {
            say(replies()(Numeric::unknown_user_mode));
        }
    }
    if (invisible != person_->invisible) set_invisible(invisible);
}

void Session::set_invisible(bool invisible) {
    auto now = std::make_shared<Person>(*person_);
    now->invisible = invisible;
    person_ = now;
    registry_.tell(SetInvisible{person_});
    for (const auto& [key, channel] : channels_) channel.tell(Replace{person_});
    Line line{prefix_of(person_->mask()), "MODE"};
    say(line.word(nick_).word(invisible ? "+i" : "-i").done());
}

// LIST, LIST #tea,#coffee, LIST #t*
void Session::list(const Message& message) {
    const std::vector<std::string_view> wanted = split_list(message[0]);
    const bool by_name =
        !wanted.empty() && std::none_of(wanted.begin(), wanted.end(), has_wildcard);
    std::vector<greenroom::Ref<Channel>> channels;
    if (by_name) {
        for (std::string_view name : wanted) channels.push_back(find_channel(name));
    } else {
        channels = ask_registry(AllChannels{});
    }
    const auto is_wanted = [&](std::string_view name) {
        return wanted.empty() || std::any_of(wanted.begin(), wanted.end(),
                                             [&](auto mask) { return matches(mask, name); });
    };
    say(replies()(Numeric::list_start, {"Channel"}));
    for (const greenroom::Ref<Channel>& channel : channels) {
        const auto summary = answer_of(channel, Summarise{number_});
        if (!summary || summary->members == 0 || summary->hidden || !is_wanted(summary->name))
            continue;
        const std::string members = std::to_string(summary->members);
        say(replies().with_text(Numeric::list, {summary->name, members}, summary->topic));
        wait_for_reader();
    }
    say(replies()(Numeric::end_of_list));
}

// Within an answer without a bound: waits until half of what may be queued has room again, so that
// nobody is cut off for asking. Not for ever: then the limit decides.
void Session::wait_for_reader() {
    constexpr std::chrono::milliseconds pause{10};
    constexpr std::chrono::seconds patience{10};
    const std::size_t enough = config_->options.backlog_bytes_max / 2;
    if (connection_->queued_bytes() <= enough) return;
    const greenroom::Deadline deadline = greenroom::Deadline::after(patience);
    while (connection_->queued_bytes() > enough && !deadline.has_passed()) {
        greenroom::sleep_for(pause);
    }
}

// For tests of what happens when an actor is lost: see --enable-test-commands.
void Session::kill_channel(const Message& message) {
    if (!config_->options.test_commands) {
        return say(replies()(Numeric::unknown_command, {message.command()}));
    }
    const greenroom::Ref<Channel> channel = find_channel(message[0]);
    if (!channel) return no_such_channel(message[0]);
    channel.kill();
}

}  // namespace chat
