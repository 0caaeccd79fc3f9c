// TimerMessage: a timer of an actor, which is its message as well: one node, from start to end.
//
//   waiting (a SharedTimer) --due--> in the mailbox --the actor's turn--> handled
//   handled --periodic--> waiting
//   any of them --cancel, by the actor; the actor is made anew--> never handled (again)
//
// Threads   The actor starts and cancels it, and looks at is_cancelled_, in its turns. begin() is
//           any worker's.
// Lifetime  Counted, as a SharedTimer: a reference of the handle's, one of the timers', one of the
//           mailbox's. Keeps the cell's memory, and not the actor.
#pragma once

#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/shared_timer.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/timers.hpp>
#include <new>
#include <optional>
#include <utility>

namespace greenroom::detail {

class TimerMessage : public SharedTimer, public Message {
public:
    // What repeats it: nothing, the time, or the actor's being without messages.
    enum class Repeats : std::uint8_t { never, each_period, when_idle };

    // In the actor's turn.
    void start_after(Duration delay) { (void)start_here_after(delay); }
    // The handle's reference is used up.
    void cancel_for_good() noexcept;
    bool is_pending() const noexcept { return !is_done_; }

protected:
    TimerMessage(const Descriptor& kind, Cell& actor, Repeats repeats, Duration period,
                 MissedTicks missed) noexcept;
    ~TimerMessage() override = default;

    // In the actor's turn. True: the handler is to be called, and then come_again().
    bool is_wanted() noexcept;
    void come_again() noexcept;
    // It is not handled, and does not come again.
    void drop() noexcept {
        is_done_ = true;
        release();
    }
    const Fields& fields() const noexcept { return fields_; }

private:
    void begin(RuntimeCore& core) noexcept final;

    const CellHold actor_;
    const std::uint32_t incarnation_;  // whose it is: it does not come to a later one
    const Repeats repeats_;
    const MissedTicks missed_;
    bool is_cancelled_ = false;
    bool is_done_ = false;
    const Duration period_;
    const Fields fields_ = current_fields();  // of who started it
};

template <class A, class M>
class TypedTimerMessage final : public TimerMessage {
public:
    TypedTimerMessage(Cell& actor, Repeats repeats, Duration period, MissedTicks missed,
                      M&& message)
        : TimerMessage{descriptor_of, actor, repeats, period, missed},
          payload_{std::move(message)} {}

private:
    static void dispatch(Cell& receiver, Message& message) {
        auto& node = static_cast<TypedTimerMessage&>(message);
        const struct End {
            TypedTimerMessage& node;
            ~End() { node.release(); }
        } at_the_end{node};
        if (!node.is_wanted()) return;
        handle_with(node.fields(), receiver, [&] {
            if constexpr (takes_shared<A, M>) {  // it stays with the timer, which may come again
                tell_handler_shared<A>(receiver.actor(), std::as_const(*node.payload_));
            } else {
                tell_handler<A>(receiver.actor(), *node.payload_);
            }
        });
        node.come_again();
    }
    static void discard(Message& message, Discard) noexcept {
        static_cast<TypedTimerMessage&>(message).drop();
    }
    static void never(Message&) noexcept {}  // it is posted, never sent

    void destroy_function() noexcept override { payload_.reset(); }
    void destroy() noexcept override {
        std::destroy_at(this);
        release_block(this, sizeof(TypedTimerMessage), alignof(TypedTimerMessage));
    }

    static constexpr Descriptor descriptor_of{&dispatch,       &discard, &never,
                                              type_name<M>(),  false,    nullptr,
                                              &message_key<M>, false,    NodeKind::timer};

    std::optional<M> payload_;
};

template <class A, class M>
TimerMessage& make_timer(Cell& actor, TimerMessage::Repeats repeats, Duration period,
                         MissedTicks missed, M&& message) {
    using Node = TypedTimerMessage<A, M>;
    void* const place = allocate_block(sizeof(Node), alignof(Node));
    try {
        return *::new (place) Node{actor, repeats, period, missed, std::move(message)};
    } catch (...) {
        release_block(place, sizeof(Node), alignof(Node));
        throw;
    }
}

}  // namespace greenroom::detail
