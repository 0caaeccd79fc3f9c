// SharedTimer: a timer that any thread may cancel, and what is run when it is due.
//
//   waiting --SharedTimers::take_due--> due   under the lock of its timers
//   waiting --cancel--> (gone)                under that lock: taken out, and destroyed at once
//   due     --begin--> begun                  who takes it out of a run queue
//   due     --cancel--> cancelled             anybody; it is destroyed when it comes up
//   waiting, due --its runtime ends--> cancelled
//   begun   --start_again--> waiting          a periodic one, by who it was begun for
//
// So it runs or is cancelled, and never both: those from `due` are compare-exchanges of one byte,
// which also counts the references.
//
// Lifetime  Counted: a reference of the runtime's, until it has begun or was cancelled, and one of
//           the handle's. Who takes it out of the timers has the runtime's as well.
// Limits    A million of them are usual, and are as fast as the memory is that they lie in: one is
//           48 bytes with a function that captures nothing, a cache line with one that captures a
//           pointer. Hence its runtime is known to the handle alone, and the parts are packed.
#pragma once

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/detail/thread_token.hpp>
#include <greenroom/core/detail/timer_node.hpp>

namespace greenroom::detail {

class RuntimeCore;
class SharedTimers;
class Worker;

// By the runtime's clock.
TimePoint due_after(const RuntimeCore& core, Duration delay) noexcept;

class SharedTimer : public Runnable, public TimerNode {
public:
    // Puts it among the timers of the calling worker, if that is one of `core`'s, else of any.
    // Throws Error(stopping) if the runtime has ended; then it is still the caller's alone.
    void start(RuntimeCore& core, TimePoint when);
    // On the caller's runtime, which is returned. Throw Error(wrong_thread) in a plain thread.
    RuntimeCore& start_here(TimePoint when);
    RuntimeCore& start_here_after(Duration delay);
    // Of the same `core`, which may have ended. True if it will not run. The handle's reference is
    // used up, whatever the answer.
    bool cancel(RuntimeCore& core) noexcept;
    // By who has been begun for: waits once more, for `when`, on the calling worker, which is one
    // of `core`'s; with one more reference, the runtime's.
    void start_again(RuntimeCore& core, TimePoint when) noexcept;
    // A reference more, by who has one.
    void hold() noexcept {
        // relaxed: the caller's own keeps it alive meanwhile.
        life_.fetch_add(one_reference, std::memory_order_relaxed);
    }
    // The handle lets it run.
    void release() noexcept {
        // acq_rel: the end comes after every use.
        const std::uint8_t before = life_.fetch_sub(one_reference, std::memory_order_acq_rel);
        GREENROOM_ASSERT(before >= one_reference);
        if (before < 2 * one_reference) destroy();
    }

protected:
    SharedTimer() noexcept = default;
    virtual ~SharedTimer() = default;

private:
    friend class SharedTimers;

    enum State : std::uint8_t { waiting, due, begun, cancelled };
    static constexpr std::uint8_t state_bits = 3;
    static constexpr std::uint8_t one_reference = 4;  // in the bits above

    // On a worker, outside of turns.
    virtual void begin(RuntimeCore& core) noexcept = 0;
    // Its runtime has ended: a handle may keep the timer, but not what it would have called.
    virtual void destroy_function() noexcept = 0;
    virtual void destroy() noexcept = 0;

    void wait_with(Worker& worker, ThreadToken self, TimePoint when) noexcept;
    bool end(RuntimeCore* core, ThreadToken self) noexcept;
    void fall_due() noexcept;
    void run(Worker& here) noexcept final;  // when it was due
    bool leave_due(State to) noexcept;
    void drop() noexcept;

    std::uint16_t worker_ = 0;  // in whose timers it waits
    Atomic<std::uint8_t> life_{waiting + 2 * one_reference};
};

}  // namespace greenroom::detail
