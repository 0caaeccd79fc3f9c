// Notebook: the last messages of an actor that notes them: for the report of a failure, and for who
// looks into it.
//
// Threads  begin() and end() by the actor's turn; the rest by any.
// Limits   notes_max notes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/message_note.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <string>
#include <vector>

namespace greenroom::detail {

struct Message;

// Of a message that is about to be handled.
MessageNote note_of(const Message& message) noexcept;

class Notebook {
public:
    static constexpr std::size_t notes_max = 1'000;

    // `notes` is more than 0, and at most notes_max.
    explicit Notebook(std::size_t notes) : notes_(notes) { begun_.reserve(1); }

    // Notes one that is handled from now on; returns its number, for end().
    std::uint64_t begin(const MessageNote& note);
    void end(std::uint64_t number) noexcept;

    // The newest first.
    std::vector<std::string> last() const;
    // That which was begun last and is still handled; empty: there is none.
    std::string current() const;

private:
    struct Begun {
        std::uint64_t number;
        MessageNote note;
    };

    mutable SpinLock lock_;
    std::vector<MessageNote> notes_;  // these under it; the one of number n is at n % size
    std::uint64_t count_ = 0;
    std::vector<Begun> begun_;  // and not ended: one, but in a reentrant actor
};

// Throws std::invalid_argument that names `option`.
void require_notes(std::size_t notes, const char* option);

}  // namespace greenroom::detail
