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

const char* name_of(WhenFull policy) noexcept {
    switch (policy) {
        case WhenFull::suspend_sender: return "suspend_sender";
        case WhenFull::fail: return "fail";
        case WhenFull::drop_newest: return "drop_newest";
        case WhenFull::drop_oldest: return "drop_oldest";
    }
    return "";
}

std::string story_of_bound(const Overload& overload) {
    std::string story = overload.actor + " " + std::to_string(overload.id) + ", bounded to " +
                        std::to_string(overload.bound) + " " +
                        (overload.is_urgent ? "urgent messages " : "") + "(" +
                        name_of(overload.when_full) + "), was full:";
    const auto add = [&story](std::uint64_t count, const char* what) {
        if (count > 0) story += " " + std::to_string(count) + " " + what;
    };
    add(overload.waited, "had to wait,");
    add(overload.refused, "refused,");
    add(overload.dropped, "dropped,");
    story.back() = ';';
    if (overload.in_line > 0) story += " " + std::to_string(overload.in_line) + " wait;";
    story += " " + std::to_string(overload.queued) + " queued";
    if (overload.sampled > 0) {
        story += ", of " + std::to_string(overload.sampled) + " looked at are " +
                 story_of(overload.messages);
    }
    return story;
}

std::string story_of_crowd(const Overload& overload) {
    return overload.actor + " " + std::to_string(overload.id) + " has found " +
           std::to_string(overload.queued) + " messages in its mailbox; of the oldest " +
           std::to_string(overload.sampled) + " are " + story_of(overload.messages);
}

}  // namespace

std::string to_string(const Overload& overload) {
    std::string story = overload.bound != 0 ? story_of_bound(overload) : story_of_crowd(overload);
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
    tell(system_, overload, now);
}

void tell(SystemCore& system, const Overload& overload, TimePoint now) {
    const auto story = [&] { return "overload: " + to_string(overload); };
    if (overload.bound == 0) {
        system.overload_log.log(LogLevel::warning, story, now);
    } else {
        const bool only_waits = overload.refused == 0 && overload.dropped == 0;
        system.bound_log.log(only_waits ? LogLevel::info : LogLevel::warning, story, now);
    }
    if (system.on_overload() == nullptr) return;
    try {
        system.on_overload()(overload);
    } catch (...) {
        log(LogLevel::error, "on_overload threw");
    }
}

// At the end of a turn that has not handled all.
void Cell::ask_for_senders() noexcept {
    if (bounded_ == nullptr && overload_watch() != nullptr) mailbox_.ask_for_sender();
}

std::string_view name_of_sender() noexcept {
    if (const Activity* const sender = current_activity()) return sender->name();
    return current_core() == nullptr ? "a plain thread" : "the runtime";
}

// Any thread, whose push was told that it is asked for: so the watch is there.
void Cell::note_sender() noexcept {
    const std::string_view who = name_of_sender();
    const std::lock_guard held(family().lock);
    overload_watch()->senders.add(who);
}

}  // namespace detail

}  // namespace greenroom
