// SharedExtras: what few actors have, and others than their turn may touch, so that it is made on
// first use.
//
// Threads  All under the family's lock, but what says otherwise.
#pragma once

#include <cstddef>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "bound_watch.hpp"

namespace greenroom::detail {

class MessageTrace;
class Notebook;
struct Inspection;

// Those that are to be handled next, oldest first: see cell_urgent.cpp.
struct UrgentMessages {
    MailboxLink* first = nullptr;
    MailboxLink* last = nullptr;
    std::size_t count = 0;
    std::size_t count_max = MailboxOptions{}.urgent_max;
    std::unique_ptr<BoundWatch> watch{};  // of that limit; once made it stays

    bool is_full() const noexcept { return count >= count_max; }
    void add(MailboxLink& message) noexcept {
        message.next = nullptr;
        (first == nullptr ? first : last->next) = &message;
        last = &message;
        ++count;
    }
    // The oldest ones' types, Overload::line_max of them.
    void sample(ShareCount& types) const noexcept {
        const MailboxLink* one = first;
        for (std::size_t left = Overload::line_max; one != nullptr && left > 0; --left) {
            types.add(static_cast<const Message*>(one)->descriptor->name);
            one = one->next;
        }
    }
    // Null: for want of memory.
    BoundWatch* made_watch() noexcept {
        if (watch == nullptr) watch.reset(new (std::nothrow) BoundWatch);
        return watch.get();
    }
    MailboxLink* take_all() noexcept {
        count = 0;
        return std::exchange(first, nullptr);
    }
};

struct SharedExtras {
    UrgentMessages urgent;
    std::shared_ptr<MessageTrace> trace;                   // that was asked for last
    std::shared_ptr<Notebook> notebook;                    // of one that notes its messages
    std::vector<std::shared_ptr<Inspection>> inspections;  // that have not been answered
    std::vector<std::string> names;                        // its own, in its system's registry
    std::vector<std::string> watched_names;                // each once
};

}  // namespace greenroom::detail
