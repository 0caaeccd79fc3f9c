// Extras: what few actors have, so that it is made on first use.
//
// Threads  All of the turn, but what says otherwise.
#pragma once

#include <cstddef>
#include <exception>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/core/fields.hpp>
#include <greenroom/core/time.hpp>
#include <memory>

#include "arrival.hpp"
#include "kept_messages.hpp"
#include "overload_watch.hpp"

namespace greenroom::detail {

class ClassCounters;
class MessageTrace;
class Notebook;

struct Extras {
    bool notes_times = false;
    TimePoint last_message{};             // if it notes that
    std::shared_ptr<MessageTrace> trace;  // the family's, once its signal has come
    ClassCounters* counters = nullptr;    // never changed once the actor lives
    Notebook* notebook = nullptr;         // the family's, if it notes messages
    KeptMessages kept;
    std::size_t kept_max = ActorOptions{}.kept_max;
    std::size_t overload_at = MailboxOptions{}.overload_at;
    std::unique_ptr<OverloadWatch> overload;  // once it has had a crowd in its mailbox
    std::size_t handlers = 0;                 // of a reentrant actor: that have not ended
    std::size_t handlers_max = 0;             // of one that is not: 0
    bool awaits_handler_end = false;          // who ends sees to it that the turn goes on
    Fields fields;                            // of its spawn
    std::exception_ptr failed_by;             // what was thrown last by a message with fields,
    Fields failed_with;                       // and these; until it is reported
    Arrival arrival;                          // any thread that has un-idled the mailbox
};

}  // namespace greenroom::detail
