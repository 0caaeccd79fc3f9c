// Gate: keeps a runtime from ending while a thread that is none of its workers touches it.
//
//   enter() counts a visitor in, unless the gate is closed; close() shuts it and waits until all
//   are out. A closed gate may be touched for ever: the memory of a RuntimeCore is never freed, but
//   used again by the next runtime.
//
// Ordering  enter() and close() are RMWs of one word: a visitor is counted before the close, which
//           then waits for it, or it sees the gate closed. leave() releases, and the wait for the
//           last visitor acquires.
#pragma once

#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/threads.hpp>

namespace greenroom::detail {

class Gate {
public:
    void open() noexcept {
        // acq_rel: after the last use of the memory, before the first visitor.
        state_.fetch_and(~closed, std::memory_order_acq_rel);
    }

    [[nodiscard]] bool enter() noexcept {
        // acquire: pairs with open().
        if ((state_.fetch_add(1, std::memory_order_acquire) & closed) == 0) return true;
        leave();
        return false;
    }

    void leave() noexcept {
        // release: pairs with the acquire in close().
        state_.fetch_sub(1, std::memory_order_release);
    }

    // Returns when nobody is in. Visits are short and never wait, so neither does this for long.
    void close(Threads& threads) noexcept {
        state_.fetch_or(closed, std::memory_order_acq_rel);
        // acquire: pairs with leave().
        while (state_.load(std::memory_order_acquire) != closed) threads.pause();
    }

private:
    static constexpr std::uint32_t closed = 1u << 31;

    Atomic<std::uint32_t> state_{closed};
};

}  // namespace greenroom::detail
