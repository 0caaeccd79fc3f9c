// Dead letters: what was sent to an actor that had ended, or ended before it came to it. Counted
// one by one, and logged once in a while: a storm of them is one line with a count.
//
// An ask is not logged: its asker is told. Nor is anything while the system goes down.
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <string>

#include "system_core.hpp"

namespace greenroom::detail {

namespace {

std::string sender() {
    if (const Activity* const teller = current_activity()) return teller->name();
    return current_core() == nullptr ? "a plain thread" : "the runtime";
}

bool is_told(const Message& message) noexcept {
    return message.descriptor->counts && message.descriptor->fail_ask == nullptr;
}

}  // namespace

std::string numbered(const Cell& cell) {
    return std::string{cell.name()} + " " + std::to_string(cell.id().number);
}

void Cell::dead_letter(Message& message, Where where) noexcept {
    if (message.descriptor->counts) system_.dead_letters.add(1);
    const Visit visit{core()};  // the clock is the runtime's
    if (visit && is_told(message) && !system_.is_stopping()) {
        const auto story = [&] {
            std::string line = "dead letter: " + std::string{message.descriptor->name} + " to " +
                               numbered(*this) + ", which has ended, from " + sender();
            if (where.line != 0)
                line += std::string{" at "} + where.file + ":" + std::to_string(where.line);
            return line;
        };
        system_.dead_letter_log.log(LogLevel::warning, story, coarse_now(core()));
    }
    message.descriptor->discard(message, Discard::receiver_stopped);
}

// Of what close_mailbox() has kept: who sent it is not known any more.
void Cell::log_unhandled() noexcept {
    if (system_.is_stopping()) return;
    std::uint64_t count = 0;
    std::string_view first;
    for (const Message* message = taken_; message != nullptr;
         message = static_cast<const Message*>(message->next)) {
        if (is_told(*message) && count++ == 0) first = message->descriptor->name;
    }
    if (count == 0) return;
    const auto story = [&] {
        return "dead letters: " + numbered(*this) + " ended with " + std::to_string(count) +
               " messages unhandled, the first " + std::string{first};
    };
    system_.dead_letter_log.log(LogLevel::warning, story, coarse_now(core()));
}

}  // namespace greenroom::detail
