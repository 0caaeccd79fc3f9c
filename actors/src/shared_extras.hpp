// SharedExtras: what few actors have, and others than their turn may touch, so that it is made on
// first use.
//
// Threads  All under the family's lock, but what says otherwise.
#pragma once

#include <cstddef>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

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
