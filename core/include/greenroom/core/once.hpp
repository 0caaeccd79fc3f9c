// Once: has something done by the first who needs it, while the others wait.
//
//   Once loaded;
//   loaded.call([&] { table = load(); });   // from anywhere, as often as wanted
//
// If the function throws (Cancelled included), its caller gets that, and the next in line tries.
//
// Threads       Every member is safe from any fiber and from any plain thread.
// Ordering      What the function wrote is visible after every call() that returns.
// Lifetime      Destroying one that somebody is in is a bug and aborts.
// Cancellation  call and call_before are suspension points, until it is done.
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

class Once {
public:
    // Returns when it is done, by this call or another. Throws what `function` throws, and
    // Error(resource_deadlock_would_occur) from inside of it. A dump shows `where`.
    template <class F>
    void call(F&& function, Where where = Where::here()) {
        (void)call_before(Deadline::never(), function, where);
    }

    // False if it was another's turn until the deadline; `function` itself is not cut short.
    template <class F>
    [[nodiscard]] bool call_before(Deadline deadline, F&& function, Where where = Where::here()) {
        if (done()) return true;
        if (!turn_.lock_as({"once", this, where}, deadline)) return false;
        const Turn turn{turn_};
        if (done()) return true;
        function();
        // release: pairs with the acquire in done().
        done_.store(true, std::memory_order_release);
        return true;
    }

    bool done() const noexcept {
        // acquire: pairs with the release in call_before().
        return done_.load(std::memory_order_acquire);
    }

private:
    struct Turn {
        explicit Turn(Mutex& its_mutex) noexcept : mutex{its_mutex} {}
        ~Turn() { mutex.unlock(); }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        Mutex& mutex;
    };

    detail::Atomic<bool> done_{false};
    Mutex turn_;  // of who does it
};

}  // namespace greenroom
