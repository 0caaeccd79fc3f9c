// EpollDriver: a worker that waits for sockets as well: in its epoll, woken by its eventfd.
//
// It also keeps what sockets need for each worker: the list of connections that have something to
// send when the round is over, and free buffers to read into.
//
// A round is over when the worker has nothing to do, or, while it always has, when it has worked as
// long since the last sends as these will take: a thousand receivers of many small messages then
// get several with each call of the kernel, and a single one its answer at once.
//
// Threads   wake() and serve() from any thread; the rest from the worker alone.
// Limits    buffers_kept_max free buffers; more are freed. The sends of a round take flush_round,
//           and what the last connection takes. Those that have waited longest come first; who is
//           left over is for the next round, after as much work. No turn is interrupted for them.
#pragma once

#include <cstddef>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/driver.hpp>
#include <greenroom/net/socket_api.hpp>
#include <memory>
#include <vector>

#include "epoll_port.hpp"

namespace greenroom::detail {

// Where a read goes to: 64 KiB, of which pages are used as far as reads reach.
struct ReadBuffer {
    static constexpr std::size_t bytes_max = 64 * 1024;
    char bytes[bytes_max];
};

class EpollDriver final : public Driver {
public:
    static constexpr std::size_t buffers_kept_max = 4;
    static constexpr Duration send_cost = std::chrono::microseconds{5};  // some 3 to 8 on loopback
    static constexpr Duration flush_round = std::chrono::milliseconds{1};

    explicit EpollDriver(net::SocketApi& sockets, Clock& clock = steady_clock());
    ~EpollDriver() override;

    void wait(Deadline deadline) override;
    void poll() override;
    bool flush() noexcept override;
    // Events alone. What the worker's turns left to be sent is its own, since it may be coming back
    // to it.
    void serve() noexcept override {
        if (port_.collect(Deadline{TimePoint::min()})) port_.wake();
    }
    void wake() noexcept override { port_.wake(); }
    int fd() const noexcept override { return port_.fd(); }

    net::SocketApi& sockets() const noexcept { return sockets_; }
    EpollPort& port() const noexcept { return port_; }

    // Has source.flush() called when this round is over, and then source.release(): takes one
    // reference over. Not again before that.
    void flush_later(SocketSource& source) noexcept;

    std::unique_ptr<ReadBuffer> take_buffer();
    void give_back(std::unique_ptr<ReadBuffer> buffer) noexcept;

private:
    bool sends_are_worth_it() const noexcept;
    SocketSource& take_first_dirty() noexcept;

    net::SocketApi& sockets_;
    Clock& clock_;
    EpollPort& port_;  // one reference is this driver's
    SocketSource* first_dirty_ = nullptr;
    SocketSource** last_dirty_ = &first_dirty_;
    int dirty_ = 0;  // how many
    TimePoint flushed_at_{};
    std::vector<std::unique_ptr<ReadBuffer>> buffers_;
};

}  // namespace greenroom::detail
