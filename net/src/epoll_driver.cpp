#include "epoll_driver.hpp"

#include <algorithm>
#include <utility>

namespace greenroom::detail {

EpollDriver::EpollDriver(net::SocketApi& sockets, Clock& clock)
    : sockets_{sockets}, clock_{clock}, port_{EpollPort::make()} {
    buffers_.reserve(buffers_kept_max);
}

EpollDriver::~EpollDriver() {
    while (flush()) {  // the last words of what was closed while the runtime ended
    }
    port_.end();
    port_.drop_reference();
}

void EpollDriver::wait(Deadline deadline) {
    // What a flush makes runnable is not looked for any more: so this wait is none, then.
    if (first_dirty_ != nullptr) return poll();
    port_.collect(deadline);
}

void EpollDriver::poll() {
    if (sends_are_worth_it()) flush();
    port_.collect(Deadline{TimePoint::min()});
}

// Who has waited longer has more to send, with the same call.
bool EpollDriver::sends_are_worth_it() const noexcept {
    return clock_.now() - flushed_at_ >= std::min(dirty_ * send_cost, flush_round);
}

bool EpollDriver::flush() noexcept {
    if (first_dirty_ == nullptr) return false;
    const TimePoint ends = clock_.now() + flush_round;
    // Of those that are dirty now: who is marked again meanwhile has its turn in the next round.
    for (int left = dirty_; left > 0 && flushed_at_ < ends; --left) {
        SocketSource& source = take_first_dirty();
        source.flush();
        source.release();
        flushed_at_ = clock_.now();
    }
    return first_dirty_ != nullptr;
}

SocketSource& EpollDriver::take_first_dirty() noexcept {
    SocketSource& first = *first_dirty_;
    first_dirty_ = first.next_dirty_;
    if (first_dirty_ == nullptr) last_dirty_ = &first_dirty_;
    --dirty_;
    return first;
}

void EpollDriver::flush_later(SocketSource& source) noexcept {
    ++dirty_;
    source.next_dirty_ = nullptr;
    *last_dirty_ = &source;
    last_dirty_ = &source.next_dirty_;
}

std::unique_ptr<ReadBuffer> EpollDriver::take_buffer() {
    if (buffers_.empty()) return std::unique_ptr<ReadBuffer>{new ReadBuffer};
    std::unique_ptr<ReadBuffer> buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
}

void EpollDriver::give_back(std::unique_ptr<ReadBuffer> buffer) noexcept {
    if (buffers_.size() < buffers_kept_max) buffers_.push_back(std::move(buffer));
}

}  // namespace greenroom::detail
