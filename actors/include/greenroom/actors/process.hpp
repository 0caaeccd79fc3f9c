// Process: an actor written as one function from its start to its end, which takes its messages
// when it wants them.
//
//     auto pong = system.spawn_process<Ping, Stop>([](greenroom::Process& self) {
//         for (;;) {
//             self.receive([&](Ping ping) { ping.from.tell(Pong{}); },
//                          [&](Stop) { self.stop(); },
//                          greenroom::after(5s, [&] { self.stop(); }));
//         }
//     });
//
// It is spawned with the messages that it may be sent, M (which stands for void(M)) or R(M), and
// what is returned is a Ref<Protocol<...>> of them. It ends when its function returns, or by an
// exception out of it, as failed.
//
// receive() waits for a message that one of its functions takes, and calls that: of those which
// were left over earlier the oldest, else the next that comes. What nobody takes stays, in order,
// for a later receive. A function returns the answer, or takes a Reply behind the message. What a
// process has sent to itself, by a watch or a timer, it may receive without being spawned with it.
// after(d, f): f is called if there was no such message for so long; with zero it is a look, which
// does not wait.
//
// Threads   Members are called by the process itself.
// Failure   A process that is spawned with LinkDown among its messages is told of the ends of those
//           that it is linked to; another one fails with them.
// Cancellation  receive is a suspension point, and throws Cancelled as well when the process is
//           told to stop, or to drain and its mailbox is empty: it is between two messages.
// Limits    ActorOptions::kept_max messages are left over at most: one more is dropped and counted,
//           and receive throws Error(limit_reached).
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/keyed_handlers.hpp>
#include <greenroom/actors/detail/message_case.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/core/deadline.hpp>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class F>
struct After {
    Duration delay;
    F function;
};
// For Process::receive: what is done if no message came for `delay`.
template <class F>
After<F> after(Duration delay, F function) {
    return {delay, std::move(function)};
}

// What its function may do as the actor that it is. Of the members only receive suspends.
class Process : public Actor {
public:
    using Actor::id;
    using Actor::link;
    using Actor::spawn;
    using Actor::spawn_functional;
    using Actor::spawn_functional_with;
    using Actor::spawn_process;
    using Actor::spawn_with;
    using Actor::stop;
    using Actor::stop_child;
    using Actor::supervise;
    using Actor::supervise_functional;
    using Actor::supervise_process;
    using Actor::system;
    using Actor::unlink;
    using Actor::unwatch;
    using Actor::unwatch_name;

    // This actor, for others to watch, link, or stop.
    AnyRef self() const noexcept { return Actor::self(this); }

    // Calls the function that takes the message: see above.
    template <class... Cases>
    void receive(Cases&&... cases) {
        detail::CaseList<std::remove_reference_t<Cases>...> list{cases...};
        if (!receive_one(list.keys(), list.cases(), list.deadline())) list.call_after();
    }

    // Has a Down sent to this process when `watched` ends, until unwatch().
    WatchId watch(const AnyRef& watched);
    // Has a NameRegistered and a NameFreed sent to it in turn, until unwatch_name(name): each comes
    // when the one before was received, and is passed over if it does not hold any more by then.
    void watch_name(std::string_view name);

    // Actor's timers: the message comes to a later receive, which takes it with a function of M. It
    // may be of any type, and is kept like any other until it is received. A dropped ActorTimer is
    // cancelled.
    template <class M>
    ActorTimer start_timer(Duration delay, M message) {
        return Actor::start_timer(this, delay, std::move(message));
    }
    // `period` is more than zero (asserted). The next one is not sent before this is received.
    template <class M>
    ActorTimer start_periodic_timer(Duration period, M message,
                                    MissedTicks missed = MissedTicks::skip) {
        return Actor::start_periodic_timer(this, period, std::move(message), missed);
    }
    // `timeout` is more than zero (asserted). Messages count when they are received.
    template <class M>
    ActorTimer start_idle_timer(Duration timeout, M message) {
        return Actor::start_idle_timer(this, timeout, std::move(message));
    }

    // For the library: calls the function that was chosen.
    void handle(const void* key, void* message, const detail::ReplyPort& port);

protected:
    Process() noexcept = default;

private:
    friend struct detail::KeyedHandlers<Process>;

    void take(const void* key, void* message) { handle(key, message, detail::ReplyPort{}); }
    bool receive_one(std::span<const void* const> keys, std::span<const detail::MessageCase> cases,
                     Deadline deadline);

    std::span<const detail::MessageCase> cases_;  // while a message is handed over to one of them
};

}  // namespace greenroom

#include <greenroom/actors/detail/process_actor.hpp>  // IWYU pragma: export
