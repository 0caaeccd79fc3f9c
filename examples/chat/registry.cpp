#include "registry.hpp"

#include <algorithm>
#include <utility>

#include "irc/text.hpp"
#include "session.hpp"

namespace chat {
namespace {

Found found_in(const Entry& entry) { return {entry.person, entry.away, entry.spoke_at}; }

}  // namespace

PersonNumber Registry::on(const Enter& enter) {
    ++totals_.served;
    const PersonNumber number = directory_.enter(enter.session);
    totals_.most_at_once = std::max<std::uint64_t>(totals_.most_at_once, directory_.size());
    if (ending_) enter.session.tell(ServerEnds{});
    return number;
}

void Registry::on(const Leave& leave) {
    directory_.leave(leave.number);
    totals_.counts += leave.counts;
    ++totals_.endings[static_cast<std::size_t>(leave.ending)];
}

bool Registry::on(const ClaimNick& claim) {
    if (!directory_.claim(claim.number, claim.nick)) return false;
    if (claim.person) directory_.find(claim.number)->person = claim.person;
    return true;
}

void Registry::on(const Introduce& introduce) { directory_.introduce(introduce.person); }

std::optional<Found> Registry::on(const FindNick& find) {
    const Entry* const entry = directory_.find_nick(find.nick);
    return entry == nullptr ? std::nullopt : std::optional{found_in(*entry)};
}

std::vector<Found> Registry::on(const FindNumbers& find) {
    std::vector<Found> found;
    for (PersonNumber number : find.numbers) {
        const Entry* const entry = directory_.find(number);
        if (entry != nullptr && entry->person != nullptr) found.push_back(found_in(*entry));
    }
    return found;
}

std::vector<Found> Registry::on(const FindMatching& find) {
    std::vector<Found> found;
    for (const Entry* entry : directory_.matching(find.mask, find.who))
        found.push_back(found_in(*entry));
    return found;
}

std::vector<std::string> Registry::on(const ChannelsOf& of) {
    const Entry* const entry = directory_.find(of.number);
    return entry == nullptr ? std::vector<std::string>{} : entry->channels;
}

void Registry::on(const SetAway& set) {
    if (Entry* const entry = directory_.find(set.number)) entry->away = set.reason;
}

void Registry::on(const SetInvisible& set) { directory_.set_invisible(set.person); }

Numbers Registry::on(TakeCensus) { return {directory_.census(), channels_.size()}; }

void Registry::on(const NoteChannel& note) {
    Entry* const entry = directory_.find(note.number);
    if (entry == nullptr) return;
    std::erase_if(entry->channels,
                  [&](const std::string& name) { return same_name(name, note.name); });
    if (note.joined) entry->channels.push_back(note.name);
}

void Registry::on(const NoteSpoke& note) {
    if (Entry* const entry = directory_.find(note.number)) entry->spoke_at = note.when;
}

void Registry::on(const CheckAt& check) {
    if (Entry* const entry = directory_.find(check.number)) entry->check_at = check.time;
}

Registry::Place& Registry::open(const std::string& name) {
    const std::string key = folded(name);
    Place& place = channels_[key];
    if (!place.channel || place.channel.has_ended()) {  // killed, and its Down has not come yet
        place = {spawn<Channel>(config_, self(this), name)};
        watch(this, place.channel);
        names_.emplace(place.channel.id().number, key);
        ++totals_.channels;
    }
    return place;
}

void Registry::on(JoinChannel join, greenroom::Reply<greenroom::Ref<Channel>> reply) {
    Place& place = open(join.name);
    place.channel.forward(Join{std::move(join.who), std::move(join.key), ++place.joins},
                          std::move(reply));
    // Who asked may have gone, and then nobody joins, and nobody leaves.
    if (place.joins == 1) place.channel.tell(Recheck{1});
}

void Registry::on(const Emptied& emptied) {
    const auto name = names_.find(emptied.channel.id().number);
    if (name == names_.end()) return;  // it has said so before
    const auto found = channels_.find(name->second);
    if (found == channels_.end() || found->second.channel != emptied.channel) return;
    if (found->second.joins != emptied.joins) {  // somebody was sent there meanwhile
        return emptied.channel.tell(Recheck{found->second.joins});
    }
    channels_.erase(found);
    emptied.channel.tell(Close{});
}

greenroom::Ref<Channel> Registry::on(const FindChannel& find) {
    const auto found = channels_.find(folded(find.name));
    return found == channels_.end() ? greenroom::Ref<Channel>{} : found->second.channel;
}

std::vector<greenroom::Ref<Channel>> Registry::on(AllChannels) {
    std::vector<greenroom::Ref<Channel>> all;
    for (const auto& [name, place] : channels_) all.push_back(place.channel);
    return all;
}

void Registry::on(const greenroom::Down& down) {
    const auto name = names_.extract(down.actor.number);
    if (!name.empty()) {
        // It may have a successor by now, under the same name.
        const auto found = channels_.find(name.mapped());
        if (found != channels_.end() && found->second.channel.id() == down.actor) {
            channels_.erase(found);
        }
    }
    const greenroom::ExitKind kind = down.reason.kind;
    if (kind != greenroom::ExitKind::killed && kind != greenroom::ExitKind::failed) return;
    ++totals_.channels_lost;
    config_->log->limited("channel lost", "a channel was lost: " + to_string(down.reason));
}

void Registry::on(Tick) {
    const auto now = std::chrono::steady_clock::now();
    for (auto& [number, entry] : directory_.entries()) {
        const bool due = entry.check_at != decltype(entry.check_at){} && entry.check_at <= now;
        if (!due) continue;
        entry.check_at = {};  // the session says when to look again
        entry.session.tell(CheckSilence{});
    }
}

void Registry::on(EndAll) {
    ending_ = true;
    for (auto& [number, entry] : directory_.entries()) entry.session.tell(ServerEnds{});
}

Progress Registry::on(ShowProgress) { return {totals_, directory_.size()}; }

}  // namespace chat
