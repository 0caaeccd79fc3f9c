#include "epoll_driver.hpp"

#include <utility>

namespace greenroom::detail {

EpollDriver::EpollDriver(net::SocketApi& sockets) : sockets_{sockets}, port_{EpollPort::make()} {
    buffers_.reserve(buffers_kept_max);
}

EpollDriver::~EpollDriver() {
    flush();  // the last words of what was closed while the runtime ended
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
    const Duration worked = steady_clock().now() - flushed_at_;
    return worked >= dirty_ * send_cost || worked >= flush_every;
}

void EpollDriver::flush() noexcept {
    if (first_dirty_ == nullptr) return;
    // As it is now: who is marked again meanwhile has its turn in the next round.
    SocketSource* source = std::exchange(first_dirty_, nullptr);
    last_dirty_ = &first_dirty_;
    dirty_ = 0;
    while (source != nullptr) {
        SocketSource* const next = source->next_dirty_;  // read first: it may be marked again
        source->flush();
        source->release();
        source = next;
    }
    flushed_at_ = steady_clock().now();
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
