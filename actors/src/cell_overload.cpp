// Overload: what an actor finds out, and tells, of a mailbox that is longer than it should be.
//
// A batch is counted on its way out of the mailbox (MailboxWord::take); one of `crowd_min` or more
// is looked at here. A message does not know its sender. So from an eighth of `overload_at` on the
// turn asks for one, by a mark in the mailbox's word, with each batch and at the end of a turn that
// has not handled all: who pushes next finds the mark, and notes itself. Who pushes to a mailbox
// without a mark pays nothing for that.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/log.hpp>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include "family.hpp"
#include "system_core.hpp"

namespace greenroom {

namespace {

std::string story_of(const std::vector<OverloadShare>& shares) {
    std::string story;
    for (const OverloadShare& share : shares) {
        if (!story.empty()) story += ", ";
        story.append(std::to_string(share.count)).append(" ").append(share.name);
    }
    return story;
}

}  // namespace

std::string to_string(const Overload& overload) {
    std::string story = overload.actor + " " + std::to_string(overload.id) + " has found " +
                        std::to_string(overload.queued) +
                        " messages in its mailbox; of the oldest " +
                        std::to_string(overload.sampled) + " are " + story_of(overload.messages);
    if (!overload.senders.empty()) story += "; of some senders " + story_of(overload.senders);
    return story;
}

namespace detail {

void require_valid(const MailboxOptions& options) {
    const std::size_t at = options.overload_at;
    if (options.bound != 0 && at != 0 && at != MailboxOptions{}.overload_at) {
        throw std::invalid_argument{
            "MailboxOptions::overload_at is " + std::to_string(at) + " beside a bound of " +
            std::to_string(options.bound) +
            "; that is for mailboxes without a bound: leave it as it is, or 0"};
    }
    if (at == 0 || at >= Cell::crowd_min) return;
    throw std::invalid_argument{"MailboxOptions::overload_at is " + std::to_string(at) +
                                "; it is " + std::to_string(Cell::crowd_min) +
                                " at least, or 0 for never"};
}

OverloadWatch* Cell::overload_watch() const noexcept {
    const Extras* const mine = existing_extras();
    return mine == nullptr ? nullptr : mine->overload.get();
}

void Cell::look_at_crowd(std::size_t count) noexcept {
    const Extras* const present = existing_extras();
    const std::size_t at = present == nullptr ? MailboxOptions{}.overload_at : present->overload_at;
    if (at == 0 || count < at / 8) return;
    try {
        Extras& mine = extras();
        if (mine.overload == nullptr) mine.overload = std::make_unique<OverloadWatch>();
        if (count >= at) tell_overload(*mine.overload, count);
        mailbox_.ask_for_sender();
    } catch (const std::bad_alloc&) {  // then it is not told
    }
}

void Cell::tell_overload(OverloadWatch& watch, std::size_t count) {
    system_.overloads.add(1);
    const TimePoint now = coarse_now(core());
    if (watch.was_told && now - watch.told_at < OverloadWatch::silence) return;
    watch.was_told = true;
    watch.told_at = now;
    Overload overload{name(), id_, count, 0, {}, {}};
    ShareCount messages;
    for (const Message* message = taken_;
         message != nullptr && messages.total() < Overload::sample_max;
         message = static_cast<const Message*>(message->next)) {
        messages.add(message->descriptor->name);
    }
    overload.sampled = messages.total();
    overload.messages = messages.top();
    {
        const std::lock_guard held(family().lock);
        overload.senders = watch.senders.top();
        watch.senders.clear();
    }
    const auto story = [&] { return "overload: " + to_string(overload); };
    system_.overload_log.log(LogLevel::warning, story, now);
    if (system_.on_overload() == nullptr) return;
    try {
        system_.on_overload()(overload);
    } catch (...) {
        log(LogLevel::error, "on_overload threw");
    }
}

// At the end of a turn that has not handled all.
void Cell::ask_for_senders() noexcept {
    if (bounded_ == nullptr && overload_watch() != nullptr) mailbox_.ask_for_sender();
}

// Any thread, whose push was told that it is asked for: so the watch is there.
void Cell::note_sender() noexcept {
    const Activity* const sender = current_activity();
    const std::string_view who =
        sender != nullptr ? sender->name()
                          : (current_core() == nullptr ? "a plain thread" : "the runtime");
    const std::lock_guard held(family().lock);
    overload_watch()->senders.add(who);
}

}  // namespace detail

}  // namespace greenroom
