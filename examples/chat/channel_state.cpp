#include "channel_state.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "irc/limits.hpp"
#include "irc/line.hpp"
#include "irc/text.hpp"
#include "irc/wildcard.hpp"

namespace chat {

ChannelState::ChannelState(std::string server, std::string name, std::int64_t now)
    : server_{std::move(server)}, name_{std::move(name)}, created_{now} {}

const Member* ChannelState::find(PersonNumber number) const noexcept {
    const auto found = std::find_if(members_.begin(), members_.end(), [number](const Member& each) {
        return each.person->number == number;
    });
    return found == members_.end() ? nullptr : &*found;
}

Member* ChannelState::to_change(PersonNumber number) noexcept {
    const Member* const found = find(number);
    return found == nullptr ? nullptr
                            : &members_[static_cast<std::size_t>(found - members_.data())];
}

const Member* ChannelState::find_nick(std::string_view nick) const noexcept {
    for (const Member& member : members_) {
        if (same_name(member.person->nick, nick)) return &member;
    }
    return nullptr;
}

bool ChannelState::is_operator(const Person& who) const noexcept {
    const Member* const member = find(who.number);
    return member != nullptr && member->is_operator;
}

bool ChannelState::is_banned(const Person& who) const {
    const std::string mask = who.mask();
    return std::any_of(bans_.begin(), bans_.end(),
                       [&](const Ban& ban) { return matches(ban.mask, mask); });
}

std::string ChannelState::refuse_join(const Person& who, std::string_view key) const {
    const Replies reply{server_, who.nick};
    if (std::count(invited_.begin(), invited_.end(), who.number) > 0) return {};
    if (invite_only_) return reply(Numeric::invite_only, {name_});
    if (is_banned(who)) return reply(Numeric::banned, {name_});
    if (!key_.empty() && key != key_) return reply(Numeric::bad_key, {name_});
    if (limit_ > 0 && members_.size() >= limit_) return reply(Numeric::channel_is_full, {name_});
    return {};
}

Outcome ChannelState::join(const PersonPtr& who, std::string_view key) {
    Outcome outcome;
    if (find(who->number) != nullptr) return outcome;
    if (std::string refusal = refuse_join(*who, key); !refusal.empty()) {
        outcome.replies.push_back(std::move(refusal));
        return outcome;
    }
    std::erase(invited_, who->number);
    const bool first = members_.empty();
    members_.push_back({who, first, false});
    outcome.announced.push_back(Line(prefix_of(who->mask()), "JOIN").word(name_).done());
    if (!topic_.empty()) outcome.replies = show_topic(*who).replies;
    for (std::string& line : names(*who)) outcome.replies.push_back(std::move(line));
    return outcome;
}

Outcome ChannelState::part(const Person& who, std::string_view reason) {
    Outcome outcome;
    outcome.removed = remove(who.number);
    if (outcome.removed == nullptr) {
        outcome.replies.push_back(Replies{server_, who.nick}(Numeric::not_on_channel, {name_}));
        return outcome;
    }
    Line line{prefix_of(who.mask()), "PART"};
    line.word(name_);
    if (!reason.empty()) line.text(clipped(reason, reason_bytes_max));
    outcome.announced.push_back(line.done());
    return outcome;
}

std::optional<std::string> ChannelState::refuse_message(const Person& who) const {
    const Member* const member = find(who.number);
    const bool above_the_rules = member != nullptr && (member->is_operator || member->has_voice);
    if (above_the_rules) return std::nullopt;
    const bool outside = member == nullptr && members_only_;
    if (!outside && !moderated_ && (bans_.empty() || !is_banned(who))) return std::nullopt;
    return Replies{server_, who.nick}(Numeric::cannot_send, {name_});
}

Outcome ChannelState::show_topic(const Person& who) const {
    const Replies reply{server_, who.nick};
    if (secret_ && find(who.number) == nullptr) {
        return {{reply(Numeric::not_on_channel, {name_})}, {}};
    }
    if (topic_.empty()) return {{reply(Numeric::no_topic, {name_})}, {}};
    const std::string when = std::to_string(topic_when_);
    return {{reply.with_text(Numeric::topic, {name_}, topic_),
             reply.bare(Numeric::topic_set_by, {name_, topic_by_, when})},
            {}};
}

Outcome ChannelState::set_topic(const Person& who, std::string_view text, std::int64_t now) {
    const Replies reply{server_, who.nick};
    const Member* const member = find(who.number);
    if (member == nullptr) return {{reply(Numeric::not_on_channel, {name_})}, {}};
    if (topic_locked_ && !member->is_operator) {
        return {{reply(Numeric::not_channel_operator, {name_})}, {}};
    }
    topic_ = clipped(text, topic_bytes_max);
    topic_by_ = who.mask();
    topic_when_ = now;
    return {{}, {Line(prefix_of(who.mask()), "TOPIC").word(name_).text(topic_).done()}};
}

Outcome ChannelState::kick(const Person& who, std::string_view nick, std::string_view reason) {
    const Replies reply{server_, who.nick};
    if (find(who.number) == nullptr) return {{reply(Numeric::not_on_channel, {name_})}, {}};
    if (!is_operator(who)) return {{reply(Numeric::not_channel_operator, {name_})}, {}};
    const Member* const target = find_nick(nick);
    if (target == nullptr) return {{reply(Numeric::not_in_channel, {nick, name_})}, {}};
    Line line{prefix_of(who.mask()), "KICK"};
    line.word(name_).word(target->person->nick);
    line.text(clipped(reason.empty() ? who.nick : reason, reason_bytes_max));
    return {{}, {line.done()}, remove(target->person->number)};
}

Outcome ChannelState::invite(const Person& who, const Person& guest) {
    const Replies reply{server_, who.nick};
    if (find(who.number) == nullptr) return {{reply(Numeric::not_on_channel, {name_})}, {}};
    if (invite_only_ && !is_operator(who)) {
        return {{reply(Numeric::not_channel_operator, {name_})}, {}};
    }
    if (find(guest.number) != nullptr) {
        return {{reply(Numeric::already_on_channel, {guest.nick, name_})}, {}};
    }
    std::erase(invited_, guest.number);
    if (invited_.size() == invitations_max) invited_.erase(invited_.begin());
    invited_.push_back(guest.number);
    return {{reply.bare(Numeric::inviting, {guest.nick, name_})},
            {},
            {},
            Line(prefix_of(who.mask()), "INVITE").word(guest.nick).word(name_).done()};
}

std::vector<Member> ChannelState::shown_to(PersonNumber asker) const {
    if (find(asker) != nullptr) return members_;
    std::vector<Member> shown;
    if (secret_) return shown;
    std::copy_if(members_.begin(), members_.end(), std::back_inserter(shown),
                 [](const Member& member) { return !member.person->invisible; });
    return shown;
}

std::vector<std::string> ChannelState::names(const Person& who) const {
    const Replies reply{server_, who.nick};
    std::vector<std::string> lines;
    const std::size_t taken = reply.with_text(Numeric::names, {"=", name_}, "").size();
    std::string some;
    for (const Member& member : shown_to(who.number)) {
        const std::size_t wanted = member.person->nick.size() + 2;
        if (taken + some.size() + wanted > line_bytes_max) {
            lines.push_back(reply.with_text(Numeric::names, {secret_ ? "@" : "=", name_}, some));
            some.clear();
        }
        if (!some.empty()) some += ' ';
        some += std::string{member.sign()} + member.person->nick;
    }
    if (!some.empty()) {
        lines.push_back(reply.with_text(Numeric::names, {secret_ ? "@" : "=", name_}, some));
    }
    lines.push_back(reply(Numeric::end_of_names, {name_}));
    return lines;
}

bool ChannelState::replace(const PersonPtr& now) {
    Member* const member = to_change(now->number);
    if (member == nullptr) return false;
    member->person = now;
    return true;
}

PersonPtr ChannelState::remove(PersonNumber number) {
    const auto found = std::find_if(members_.begin(), members_.end(), [number](const Member& each) {
        return each.person->number == number;
    });
    if (found == members_.end()) return nullptr;
    PersonPtr removed = std::move(found->person);
    members_.erase(found);
    return removed;
}

}  // namespace chat
