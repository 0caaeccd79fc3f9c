// What an actor notes of its messages: what each was, and when the last came; and who is told of
// each.
//
// That it does is one bit of its turn, which is looked at for each message; all else is made and
// done only for who notes something.
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include "family.hpp"
#include "message_trace.hpp"
#include "notebook.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

TimePoint Cell::last_message() {
    Extras& mine = extras();
    if (!std::exchange(mine.notes_times, true)) mine.last_message = not_before_now(core());
    notes_messages_ = true;
    return mine.last_message;
}

// Before it lives.
void Cell::begin_class_counts() {
    if (system_.classes == nullptr) return;
    extras().counters = &system_.classes->of(type_);
    notes_messages_ = true;
}

// Null: nothing is counted. Any thread, since it was made before the actor lived.
ClassCounters* Cell::class_counters() const noexcept {
    return system_.classes == nullptr ? nullptr : existing_extras()->counters;
}

// In its turn, or before it lives.
void Cell::begin_notes(std::size_t notes) {
    if (notes == 0) return;
    Extras& mine = extras();
    if (mine.notebook != nullptr) return;
    auto made = std::make_shared<Notebook>(notes);
    const std::lock_guard held(family().lock);
    mine.notebook = made.get();
    family().shared_extras().notebook = std::move(made);
    notes_messages_ = true;
}

// Who has failed, and goes on or is made anew, is more likely than others to fail again.
void Cell::begin_notes_after_failure() noexcept {
    try {
        begin_notes(system_.notes_after_failure());
    } catch (const std::bad_alloc&) {  // then the next report is a short one
    }
}

std::shared_ptr<const Notebook> Cell::notebook() const {
    const Family* const mine = existing_family();
    if (mine == nullptr) return nullptr;
    const std::lock_guard held(mine->lock);
    return mine->shared == nullptr ? nullptr : mine->shared->notebook;
}

// " (its last messages, the newest first: Pay, told; Number, told)"
std::string Cell::story_of_messages() const {
    const std::shared_ptr<const Notebook> book = notebook();
    if (book == nullptr) return {};
    std::string story;
    for (const std::string& note : book->last()) {
        story += (story.empty() ? " (its last messages, the newest first: " : "; ") + note;
    }
    return story.empty() ? story : story + ")";
}

// ---- Traces

// The trace first, then the signal, which a turn clears before it looks.
std::shared_ptr<MessageTrace> Cell::trace(std::shared_ptr<MessageTrace> trace) {
    Family& mine = family();
    {
        const std::lock_guard held(mine.lock);
        if (mine.has_ended) return nullptr;
        mine.shared_extras().trace.swap(trace);
    }
    signal(observers_signal);
    return trace;
}

void Cell::take_up_trace() noexcept {
    std::shared_ptr<MessageTrace> trace;
    {
        Family* const family = existing_family();
        if (family == nullptr) return;  // nobody has asked for one
        const std::lock_guard held(family->lock);
        if (family->shared == nullptr) return;
        trace = family->shared->trace;
    }
    Extras* mine = existing_extras();
    if (trace == nullptr && mine == nullptr) return;
    try {
        mine = &extras();
    } catch (const std::bad_alloc&) {  // then it is not traced
        return;
    }
    mine->trace.swap(trace);
    notes_messages_ = mine->trace != nullptr || mine->notebook != nullptr || mine->notes_times ||
                      mine->counters != nullptr;
}

void Cell::dispatch_traced(Message& message, const MessageNote& note, MessageTrace& trace) {
    const TimePoint began = Deadline::after({}).at();
    TracedMessage traced{name(), id(), note};
    const Fields fields{fields_of(message)};
    const auto tell = [&](TracedMessage::End end) {
        const FieldsInUse its{fields.set()};
        const TimePoint now = Deadline::after({}).at();
        traced.end = end;
        traced.took = now - began;
        trace.tell(traced, now);
    };
    try {
        message.descriptor->dispatch(*this, message);
    } catch (const Cancelled&) {
        tell(TracedMessage::End::cancelled);
        throw;
    } catch (...) {
        traced.failure = current_failure();
        tell(TracedMessage::End::failed);
        throw;
    }
    tell(TracedMessage::End::handled);
}

// ---- A message

void Cell::dispatch_noted(Message& message) {
    const Descriptor& kind = *message.descriptor;
    if (&message == &poke_) return kind.dispatch(*this, message);
    struct Noted {
        Cell& cell;
        Extras& extras;
        const bool is_users;
        const std::shared_ptr<MessageTrace> trace = extras.trace;  // it may end meanwhile
        Notebook* const book = extras.notebook;
        std::uint64_t number = 0;
        ~Noted() {
            if (book != nullptr) book->end(number);
            if (is_users && extras.notes_times) extras.last_message = not_before_now(cell.core());
        }
    } noted{*this, extras(), kind.counts};
    if (noted.extras.counters != nullptr) noted.extras.counters->of(id_).messages.add(1);
    MessageNote note;
    if (noted.book != nullptr || noted.trace != nullptr) note = note_of(message);
    if (noted.book != nullptr) noted.number = noted.book->begin(note);
    if (noted.trace != nullptr) return dispatch_traced(message, note, *noted.trace);
    kind.dispatch(*this, message);
}

}  // namespace greenroom::detail
