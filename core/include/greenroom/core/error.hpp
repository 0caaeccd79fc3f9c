// Error: the base of every error that the library throws. Its code() tells the kind, what() the
// whole story. A cancellation is no error: see cancellation.hpp.
#pragma once

#include <string>
#include <system_error>

namespace greenroom {

// The kinds of error of the library. Errors of the kernel keep their own code (generic category).
enum class Errc {
    timed_out = 1,     // a deadline passed
    closed,            // the channel was closed
    broken,            // a promise or a reply was dropped unanswered
    wrong_thread,      // called where it cannot work: no runtime here, or another thread's
    stopping,          // the runtime or system is going down and takes nothing new
    stacks_exhausted,  // no memory for one more stack
    limit_reached,     // a named limit of the library
    actor_stopped,     // the actor has ended, or ended before it answered
    handler_failed,    // the handler that should have answered threw
    mailbox_full,      // a bounded mailbox with the policy "fail"
    ask_cycle,         // the call would close a circle of actors that wait for one another
    name_taken,        // a name is registered already
    not_found,         // nothing is registered under that name
    cancelled,         // the task that was waited for had been cancelled
    group_failed,      // tasks of a group failed
    failed,            // something was thrown that carries no code of its own
};

}  // namespace greenroom

template <>
struct std::is_error_code_enum<greenroom::Errc> : std::true_type {};

namespace greenroom {

const std::error_category& error_category() noexcept;
std::error_code make_error_code(Errc kind) noexcept;

class Error : public std::system_error {
public:
    Error(Errc kind, const std::string& story);
    Error(std::error_code code, const std::string& story) : std::system_error{code, story} {}
};

// A deadline passed. what() says whose it was.
class Timeout : public Error {
public:
    explicit Timeout(const std::string& story) : Error{Errc::timed_out, story} {}
};

}  // namespace greenroom
