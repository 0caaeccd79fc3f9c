// How asks go wrong, in words, and what is counted of them.
#include <algorithm>
#include <exception>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/detail/message_origin.hpp>
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

// The exception that is being handled, as the HandlerFailed of who asked `receiver` with such a
// message, there. Null if it is Cancelled, which is no failure.
std::exception_ptr handler_failed(std::string_view message, const Cell& receiver,
                                  const Where& where) {
    try {
        throw;
    } catch (const Cancelled&) {
        return nullptr;
    } catch (...) {
        const std::string story = story_of(message, receiver, where);
        return std::make_exception_ptr(HandlerFailed{story + ": " + current_failure()});
    }
}

// Of an ask that ended at the deadline which the asker had from its own asker.
class AskersTimeout final : public Timeout {
public:
    AskersTimeout(const std::string& story, Deadline until) : Timeout{story}, until_{until} {}
    Deadline until() const noexcept { return until_; }

private:
    Deadline until_;
};

[[noreturn]] void throw_expired(const std::string& story, Deadline deadline) {
    if (deadline == callers_time(thread_token()).handed_down) throw AskersTimeout{story, deadline};
    throw Timeout{story};
}

// A reading of the clock is dear beside an ask. So one that waits this long goes by the coarse
// clock, and gets as much more as that may be late where the machine has no time for the monitor.
constexpr Duration coarse_from = std::chrono::seconds{1};
constexpr Duration coarse_slack = std::chrono::milliseconds{50};

Deadline end_of(Duration timeout, TimePoint now) noexcept {
    if (timeout >= TimePoint::max() - now) return Deadline::never();
    return Deadline{now + timeout};
}

// From anywhere, in scopes, and for a short time. Apart, so that the common way has no frame.
[[gnu::noinline]] AskTime unusual_ask_time(ThreadToken self, const Cell& asked, Duration timeout) {
    const TimePoint now = now_to_wait(asked.core(), "ask");
    const CallersTime callers = callers_time(self);
    if (callers.handed_down.at() <= now) {
        throw AskersTimeout{
            std::string{"ask to "} + asked.name() + ": the time of whom the handler answers is up",
            callers.handed_down};
    }
    const Deadline wait = std::min(end_of(timeout, now), callers.handed_down);
    return {wait, std::min(wait, callers.scopes)};
}

// Throws what `how` says, of an ask that was to be answered by `until`.
[[noreturn]] void throw_failure(AskEnd how, Deadline until, const std::string& story) {
    switch (how) {
        case AskEnd::mailbox_full: throw MailboxFull{story};
        case AskEnd::broken: throw Error{Errc::broken, story + ": its reply was dropped"};
        case AskEnd::handler_failed:
            throw HandlerFailed{story + ": an exception dropped its reply"};
        case AskEnd::expired: throw_expired(story, until);
        case AskEnd::none:
        case AskEnd::answered:
        case AskEnd::refused:
        case AskEnd::actor_stopped: break;
    }
    throw ActorStopped{story};
}

}  // namespace

void send_and_wait(Cell& asked, AskBase& node, const Descriptor& kind, Deadline deadline,
                   const Where& where) {
    WaitNode::Circle circle;
    const Outcome outcome = asked.send_and_wait(node, kind, deadline, circle);
    if (outcome != Outcome::woken) node.leave();
    if (!circle.empty())
        throw AskCycle{story_of(kind.name, asked, where) + ": " + story_of(circle)};
    if (outcome == Outcome::cancelled) throw_cancelled();
    if (outcome == Outcome::expired) throw_expired(story_of(kind.name, asked, where), deadline);
    if (node.end == AskEnd::answered) return;
    const struct End {
        AskBase& node;
        ~End() { node.descriptor->destroy(node); }
    } at_the_end{node};
    if (node.end == AskEnd::refused) std::rethrow_exception(node.error);
    throw_failure(node.end, node.until, story_of(kind.name, asked, where));
}

std::exception_ptr circle_by_forward(AskBase& ask, Cell& receiver, const Descriptor& message,
                                     const Where& where) noexcept {
    WaitNode::Circle circle;
    if (!receiver.closes_by_forward(circle, ask.wait, message, where)) return nullptr;
    try {
        return std::make_exception_ptr(
            AskCycle{story_of(message.name, receiver, where) + ": " + story_of(circle)});
    } catch (...) {  // want of memory
        return std::current_exception();
    }
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

void AskBase::hand_over(const Cell& receiver, AskEnd how) noexcept {
    if (finish(how)) return;
    receiver.system().late_answers.add(1);
    leave();
}

AskEnd why_dropped(const Cell& asked, Deadline until) noexcept {
    if (asked.is_ending()) return AskEnd::actor_stopped;
    if (std::uncaught_exceptions() == 0) return AskEnd::broken;
    return until.has_passed() ? AskEnd::expired : AskEnd::handler_failed;
}

std::exception_ptr why_unanswered(const Cell* taker, const MessageOrigin& origin) noexcept {
    constexpr Deadline never;
    try {
        if (taker == nullptr) throw_failure(AskEnd::broken, never, std::string{origin.message});
        throw_failure(why_dropped(*taker, never), never,
                      story_of(origin.message, *taker, origin.where));
    } catch (...) {  // or want of memory
        return std::current_exception();
    }
}

void count_abandoned_ask(const Cell& receiver) noexcept { receiver.system().expired_asks.add(1); }

AskTime ask_time(ThreadToken self, const Cell& asked, Duration timeout) {
    TimePoint now;
    Deadline handed_down;
    if (timeout >= coarse_from && usual_time(self, asked.core(), now, handed_down)) [[likely]] {
        const Deadline own = end_of(timeout, now + coarse_slack);
        if (own <= handed_down) return {own, own};
        if (now < handed_down.at()) return {handed_down, handed_down};
    }
    return unusual_ask_time(self, asked, timeout);
}

bool gives_up_for_asker(const Cell& receiver, Deadline until) noexcept {
    try {
        throw;
    } catch (const AskersTimeout& timeout) {
        if (timeout.until() != until) return false;
        receiver.system().given_up_asks.add(1);
        return true;
    } catch (...) {
        return false;
    }
}

void AskBase::end_unhandled(Discard why) noexcept {
    if (why == Discard::handler_failed) {
        (void)hand_over_failure(*static_cast<const Cell*>(record.why().object));
        return;
    }
    if (!finish(why == Discard::mailbox_full ? AskEnd::mailbox_full : AskEnd::actor_stopped)) {
        leave();
    }
}

void AskBase::abandon(const Cell& receiver) noexcept {
    count_abandoned_ask(receiver);
    leave();
}

bool AskBase::hand_over_failure(const Cell& receiver) {
    if (gives_up_for_asker(receiver, until)) {
        if (!finish(AskEnd::expired)) leave();
        return false;
    }
    error = handler_failed(descriptor->name, receiver, record.why().where);
    hand_over(receiver, error != nullptr ? AskEnd::refused : AskEnd::actor_stopped);
    return true;
}

std::exception_ptr not_handled(const Message& message, const Where& where, Discard why) noexcept {
    try {
        const std::string story = "ask of " + std::string{message.descriptor->name} + " at " +
                                  where.file + ":" + std::to_string(where.line);
        if (why == Discard::mailbox_full) return std::make_exception_ptr(MailboxFull{story});
        if (why == Discard::handler_failed) {
            return std::make_exception_ptr(HandlerFailed{story + ": " + current_failure()});
        }
        return std::make_exception_ptr(ActorStopped{story});
    } catch (...) {  // for want of memory
        return std::current_exception();
    }
}

std::exception_ptr handler_threw(const Message& message, const Where& where, const Cell& receiver) {
    std::exception_ptr failure = handler_failed(message.descriptor->name, receiver, where);
    if (failure != nullptr) return failure;
    return std::make_exception_ptr(
        ActorStopped{story_of(message.descriptor->name, receiver, where)});
}

void send_forwarded(Cell& receiver, Message& message, Where where) {
    try {
        receiver.send_as_it_is(message, where);
    } catch (const MailboxFull&) {  // who waits for the answer has been told
    }
}

}  // namespace greenroom::detail
