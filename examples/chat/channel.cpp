#include "channel.hpp"

#include <algorithm>
#include <utility>

#include "irc/line.hpp"
#include "irc/text.hpp"
#include "registry.hpp"
#include "session.hpp"

namespace chat {

Channel::Channel(std::shared_ptr<const Config> config, greenroom::Ref<Registry> registry,
                 std::string name)
    : config_{std::move(config)},
      registry_{std::move(registry)},
      state_{config_->options.name, std::move(name), wall_clock_seconds()} {}

greenroom::Ref<Channel> Channel::on(const Join& join) {
    joins_ = join.number;
    carry_out(*join.who, state_.join(join.who, join.key));
    const bool is_member = state_.find(join.who->number) != nullptr;
    return is_member ? self(this) : greenroom::Ref<Channel>{};
}

void Channel::on(const Recheck& recheck) {
    joins_ = recheck.joins;
    tell_if_empty();
}

void Channel::on(Close) { stop(); }

bool Channel::on(const Part& part) {
    const Outcome outcome = state_.part(*part.who, part.reason);
    carry_out(*part.who, outcome);
    tell_if_empty();
    return outcome.removed != nullptr;
}

std::size_t Channel::on(const Say& say) {
    if (auto refusal = state_.refuse_message(*say.who)) {
        if (!say.quiet) say.who->read(*refusal);
        return 0;
    }
    std::size_t told = 0;
    for (const Member& member : state_.members()) {
        if (member.person->number == say.who->number) continue;
        member.person->read(say.line);
        ++told;
    }
    return told;
}

void Channel::on(const ShowTopic& show) { carry_out(*show.who, state_.show_topic(*show.who)); }

void Channel::on(const SetTopic& set) {
    carry_out(*set.who, state_.set_topic(*set.who, set.text, wall_clock_seconds()));
}

void Channel::on(const ChangeMode& change) {
    const std::vector<std::string_view> words{change.words.begin(), change.words.end()};
    carry_out(*change.who, state_.mode(*change.who, words, wall_clock_seconds()));
}

void Channel::on(const Kick& kick) {
    const Outcome outcome = state_.kick(*kick.who, kick.nick, kick.reason);
    // Its session hears of it before its client: so a JOIN of the client finds it outside.
    if (outcome.removed) outcome.removed->session.tell(Removed{folded(state_.name())});
    carry_out(*kick.who, outcome);
    tell_if_empty();
}

bool Channel::on(const Invite& invite) {
    const Outcome outcome = state_.invite(*invite.who, *invite.guest);
    carry_out(*invite.who, outcome);
    if (outcome.to_guest.empty()) return false;
    invite.guest->read(outcome.to_guest);
    return true;
}

void Channel::on(const ShowNames& show) {
    for (const std::string& line : state_.names(*show.who)) show.who->read(line);
}

std::vector<PersonNumber> Channel::on(Announce announce) {
    if (announce.now) {
        state_.replace(announce.now);
    } else {
        state_.remove(announce.about);
    }
    std::vector<PersonNumber> newly_told;
    for (const Member& member : state_.members()) {
        const PersonNumber number = member.person->number;
        const bool knows = number == announce.about ||
                           std::binary_search(announce.told.begin(), announce.told.end(), number);
        if (knows) continue;
        member.person->read(announce.line);
        newly_told.push_back(number);
    }
    announce.told.insert(announce.told.end(), newly_told.begin(), newly_told.end());
    std::sort(announce.told.begin(), announce.told.end());
    tell_if_empty();
    return std::move(announce.told);
}

std::vector<Member> Channel::on(const ShowMembers& show) { return state_.shown_to(show.who); }

bool Channel::on(const IsMember& is) { return state_.find(is.who) != nullptr; }

void Channel::on(const Replace& replace) { state_.replace(replace.now); }

Summary Channel::on(const Summarise& summarise) {
    return {state_.name(), state_.members().size(), state_.topic_text(), hides_from(summarise.who)};
}

std::string Channel::on(const SignOf& sign) {
    const Member* const member = state_.find(sign.about);
    if (member == nullptr || hides_from(sign.who)) return {};
    return std::string{member->sign()} + state_.name();
}

void Channel::on_stop(const greenroom::ExitReason& reason) {
    if (reason.kind == greenroom::ExitKind::system_stopped) return;
    // Members are left only when it was killed or failed.
    for (const Member& member : state_.members()) {
        const Person& person = *member.person;
        person.session.tell(Removed{folded(state_.name())});
        Line line{prefix_of(config_->options.name), "KICK"};
        line.word(state_.name()).word(person.nick).text("The channel was lost; join it anew");
        person.read(line.done());
    }
}

void Channel::say_to_all(std::string_view lines) const {
    for (const Member& member : state_.members()) member.person->read(lines);
}

void Channel::carry_out(const Person& asker, const Outcome& outcome) {
    for (const std::string& line : outcome.announced) {
        say_to_all(line);
        if (outcome.removed) outcome.removed->read(line);
    }
    for (const std::string& line : outcome.replies) asker.read(line);
}

bool Channel::hides_from(PersonNumber who) const {
    return state_.secret() && state_.find(who) == nullptr;
}

void Channel::tell_if_empty() {
    if (!state_.empty()) return;
    // Whoever is on the way here nevertheless finds it as if it were new.
    state_ = ChannelState{config_->options.name, state_.name(), wall_clock_seconds()};
    registry_.tell(Emptied{self(this), joins_});
}

}  // namespace chat
