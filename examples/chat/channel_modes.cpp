// The modes of a channel: asked for, and changed.
#include <algorithm>
#include <utility>

#include "channel_state.hpp"
#include "irc/limits.hpp"
#include "irc/line.hpp"
#include "irc/modes.hpp"
#include "irc/names.hpp"
#include "irc/text.hpp"
#include "irc/wildcard.hpp"

namespace chat {

// The changes of one MODE line, one after another: what took effect is gathered for one
// announcement, what did not is answered.
class ChannelState::ModeWork {
public:
    ModeWork(ChannelState& channel, const Person& who, std::int64_t now)
        : channel_{channel}, who_{who}, reply_{channel.server_, who.nick}, now_{now} {}

    void apply_all(const ModeRequest& request) {
        for (const ModeChange& change : request.changes) apply(change);
        if (!request.without_param.empty()) refuse(reply_(Numeric::need_more_params, {"MODE"}));
    }

    Outcome finish() {
        announce();
        return std::move(outcome_);
    }

    void refuse(std::string reply) { outcome_.replies.push_back(std::move(reply)); }

private:
    void apply(const ModeChange& change) {
        switch (change.letter) {
            case 'i': return flag(channel_.invite_only_, change);
            case 'm': return flag(channel_.moderated_, change);
            case 'n': return flag(channel_.members_only_, change);
            case 's': return flag(channel_.secret_, change);
            case 't': return flag(channel_.topic_locked_, change);
            case 'o': return member_flag(&Member::is_operator, change);
            case 'v': return member_flag(&Member::has_voice, change);
            case 'k': return key(change);
            case 'l': return limit(change);
            default: return ban(change);
        }
    }

    void took_effect(const ModeChange& change, std::string_view param = {}) {
        const std::size_t bytes = 2 + (param.empty() ? 0 : 1 + param.size());
        if (bytes_ + bytes > line_bytes_max) announce();
        bytes_ += bytes;
        const char sign = change.adds ? '+' : '-';
        if (sign != sign_) letters_ += sign_ = sign;
        letters_ += change.letter;
        if (!param.empty()) params_.emplace_back(param);
    }

    // What took effect since the last one.
    void announce() {
        if (letters_.empty()) return;
        Line line{prefix_of(who_.mask()), "MODE"};
        line.word(channel_.name_).word(std::exchange(letters_, {}));
        for (const std::string& param : params_) line.word(param);
        outcome_.announced.push_back(line.done());
        params_.clear();
        sign_ = 0;
        bytes_ = bytes_around();
    }

    // Of an announcement, beside the letters and their parameters.
    std::size_t bytes_around() const {
        return std::string_view{": MODE  \r\n"}.size() + who_.mask().size() + channel_.name_.size();
    }

    void flag(bool& flag, const ModeChange& change) {
        if (std::exchange(flag, change.adds) != change.adds) took_effect(change);
    }

    void member_flag(bool Member::*flag, const ModeChange& change) {
        const Member* const found = channel_.find_nick(change.param);
        if (found == nullptr) {
            return refuse(reply_(Numeric::not_in_channel, {change.param, channel_.name_}));
        }
        Member& member = *channel_.to_change(found->person->number);
        const bool before = std::exchange(member.*flag, change.adds);
        if (before != change.adds) took_effect(change, member.person->nick);
    }

    void key(const ModeChange& change) {
        if (!change.adds) {
            if (!std::exchange(channel_.key_, {}).empty()) took_effect(change, "*");
            return;
        }
        if (!channel_.key_.empty()) {
            return refuse(reply_(Numeric::key_already_set, {channel_.name_}));
        }
        if (!is_key(change.param)) return invalid(change, "Invalid key");
        channel_.key_ = change.param;
        took_effect(change, change.param);
    }

    void limit(const ModeChange& change) {
        if (!change.adds) {
            if (std::exchange(channel_.limit_, 0) != 0) took_effect(change);
            return;
        }
        const std::size_t wanted = number_in(change.param, 1'000'000, 0);
        if (wanted == 0) return invalid(change, "Invalid limit");
        if (std::exchange(channel_.limit_, wanted) != wanted) {
            took_effect(change, std::to_string(wanted));
        }
    }

    void ban(const ModeChange& change) {
        std::string mask = complete_mask(change.param);
        std::vector<Ban>& bans = channel_.bans_;
        const auto found = std::find_if(
            bans.begin(), bans.end(), [&](const Ban& each) { return same_name(each.mask, mask); });
        if (change.adds == (found != bans.end())) return;  // nothing new
        if (change.adds && bans.size() == bans_max) {
            return refuse(reply_(Numeric::ban_list_full, {channel_.name_, mask}));
        }
        took_effect(change, mask);
        if (!change.adds) return void(bans.erase(found));
        bans.push_back({std::move(mask), who_.mask(), now_});
    }

    void invalid(const ModeChange& change, std::string_view why) {
        refuse(reply_.with_text(Numeric::invalid_mode_param,
                                {channel_.name_, {&change.letter, 1}, change.param}, why));
    }

    ChannelState& channel_;
    const Person& who_;
    const Replies reply_;
    const std::int64_t now_;
    Outcome outcome_;
    std::size_t bytes_ = bytes_around();  // of the announcement so far
    char sign_ = 0;
    std::string letters_;
    std::vector<std::string> params_;
};

Outcome ChannelState::mode(const Person& who, const std::vector<std::string_view>& words,
                           std::int64_t now) {
    const Replies reply{server_, who.nick};
    if (secret_ && find(who.number) == nullptr) {
        return {{reply(Numeric::not_on_channel, {name_})}, {}};
    }
    if (words.empty()) {
        const std::string created = std::to_string(created_);
        return {{modes_shown_to(who), reply.bare(Numeric::channel_created, {name_, created})}, {}};
    }
    const ModeRequest request = parse_modes(words);
    ModeWork work{*this, who, now};
    for (char letter : request.unknown) {
        work.refuse(reply.with_text(Numeric::unknown_mode, {{&letter, 1}},
                                    "is unknown mode char to me for " + name_));
    }
    const bool changes = !request.changes.empty() || !request.without_param.empty();
    if (changes && find(who.number) == nullptr) {
        work.refuse(reply(Numeric::not_on_channel, {name_}));
    } else if (changes && !is_operator(who)) {
        work.refuse(reply(Numeric::not_channel_operator, {name_}));
    } else {
        work.apply_all(request);
    }
    Outcome outcome = work.finish();
    if (request.lists_bans) show_bans(reply, outcome);
    return outcome;
}

std::string ChannelState::modes_shown_to(const Person& who) const {
    std::string letters = "+";
    if (invite_only_) letters += 'i';
    if (moderated_) letters += 'm';
    if (members_only_) letters += 'n';
    if (secret_) letters += 's';
    if (topic_locked_) letters += 't';
    if (!key_.empty()) letters += 'k';
    if (limit_ > 0) letters += 'l';
    const bool inside = find(who.number) != nullptr;
    if (!key_.empty()) letters += ' ' + (inside ? key_ : "*");
    if (limit_ > 0) letters += ' ' + std::to_string(limit_);
    return Replies{server_, who.nick}.bare(Numeric::channel_modes, {name_, letters});
}

void ChannelState::show_bans(const Replies& replies, Outcome& outcome) const {
    for (const Ban& ban : bans_) {
        const std::string when = std::to_string(ban.when);
        outcome.replies.push_back(replies.bare(Numeric::ban, {name_, ban.mask, ban.by, when}));
    }
    outcome.replies.push_back(replies(Numeric::end_of_bans, {name_}));
}

}  // namespace chat
