// How asks go wrong, in words, and what is counted of them.
#include <exception>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <string>

#include "system_core.hpp"

namespace greenroom::detail {

namespace {

std::string story_of(std::string_view message, const Cell& asked, const Where& where) {
    return "ask of " + std::string{message} + " to " + asked.name() + " at " + where.file + ":" +
           std::to_string(where.line);
}

}  // namespace

void throw_ask_failure(const AskBase& node, const Cell& asked, const Where& where) {
    const std::string story = story_of(node.descriptor->name, asked, where);
    switch (node.end) {
        case AskEnd::refused: std::rethrow_exception(node.error);
        case AskEnd::mailbox_full: throw MailboxFull{story};
        case AskEnd::broken: throw Error{Errc::broken, story + ": its reply was dropped"};
        case AskEnd::handler_failed:
            throw HandlerFailed{story + ": an exception dropped its reply"};
        case AskEnd::none:
        case AskEnd::answered:
        case AskEnd::actor_stopped: break;
    }
    throw ActorStopped{story};
}

void throw_ask_timeout(std::string_view message, const Cell& asked, const Where& where) {
    throw Timeout{story_of(message, asked, where)};
}

void AskBase::hand_over(const Cell& receiver, AskEnd how) noexcept {
    if (finish(how)) return;
    receiver.system().late_answers.add(1);
    leave();
}

void count_abandoned_ask(const Cell& receiver) noexcept { receiver.system().expired_asks.add(1); }

Deadline ask_deadline(const Cell& asked, Duration timeout) {
    // By the coarse clock: an ask is too short for a reading of the real one. A tick is added since
    // the coarse clock may be late by that.
    constexpr Duration tick = std::chrono::milliseconds{1};
    const TimePoint now = coarse_now_to_wait(asked.core(), "ask");
    if (timeout >= TimePoint::max() - now - tick) return Deadline::never();
    return Deadline{now + timeout + tick};
}

std::string current_failure() {
    try {
        throw;
    } catch (const std::exception& failure) {
        return failure.what();
    } catch (...) {
        return "something that is no std::exception";
    }
}

std::exception_ptr handler_failed(std::string_view message, const Cell& receiver,
                                  const Where& where) {
    const std::string story = story_of(message, receiver, where);
    return std::make_exception_ptr(HandlerFailed{story + ": " + current_failure()});
}

void send_forwarded(Cell& receiver, Message& message, Where where) {
    try {
        receiver.send(message, where);
    } catch (const MailboxFull&) {  // who waits for the answer has been told
    }
}

}  // namespace greenroom::detail
