// What comes from the peer, and how the owner hears of it. The states: connection_state.hpp.
#include <cerrno>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <utility>

#include "connection_state.hpp"
#include "net_error.hpp"
#include "network.hpp"

namespace greenroom::detail {

// The end of an event, on whatever way out of the handlers.
class EventTurn {
public:
    explicit EventTurn(ConnectionState& state) noexcept : state_{state} {}
    ~EventTurn() { state_.end_event(true); }
    EventTurn(const EventTurn&) = delete;
    EventTurn& operator=(const EventTurn&) = delete;

private:
    ConnectionState& state_;
};

namespace {

// A buffer of the worker's, for as long as the handler uses it.
class LentBuffer {
public:
    explicit LentBuffer(EpollDriver& driver) : driver_{driver}, buffer_{driver.take_buffer()} {}
    ~LentBuffer() { driver_.give_back(std::move(buffer_)); }
    LentBuffer(const LentBuffer&) = delete;
    LentBuffer& operator=(const LentBuffer&) = delete;

    char* bytes() noexcept { return buffer_->bytes; }

private:
    EpollDriver& driver_;  // a fiber never leaves its worker
    std::unique_ptr<ReadBuffer> buffer_;
};

}  // namespace

// It is the runtime's own: it passes the mailbox's bound, and there is one at most.
const Descriptor ConnectionState::descriptor_of{&dispatch, &discard, &destroy,
                                                "greenroom::net::Received", false};

void ConnectionState::attach(Cell& owner, const ConnectionHandlers& handlers) {
    ensure_network(owner.core());
    EpollPort& port = calmest_port(owner.core());
    Lock held(lock());
    GREENROOM_ASSERT(owner_ == nullptr);  // it is delivered to one actor, once
    if (fd_ < 0 || closing_) return;
    owner.add_reference();
    owner_ = &owner;
    handlers_ = &handlers;
    if (early_ != nullptr) ready_ |= readiness::readable;
    ++users_;
    watch(held, port);
    const bool news = begin_event();
    end_use(std::move(held));
    if (news) push_event();
}

void ConnectionState::on_ready(std::uint32_t what) noexcept {
    bool news = false;
    bool dirty = false;
    {
        const std::lock_guard held(lock());
        if (fd_ < 0) return;
        ready_ |= static_cast<std::uint8_t>(what & ~readiness::writable);
        if ((what & (readiness::writable | readiness::failed)) != 0) {
            flush_again_ = true;  // for who is flushing just now
            if (!flushing_ && std::exchange(blocked_, false)) dirty = mark_dirty();
        }
        news = begin_event();
    }
    if (dirty) pass_to_flusher();
    if (news) push_event();
}

bool ConnectionState::may_read() const noexcept {
    if (closed_told_ || closing_) return false;
    if ((ready_ & readiness::failed) != 0) return true;
    return ready_ != 0 && !paused_;
}

bool ConnectionState::has_news() const noexcept {
    return writable_news_ || (broken_ && !closed_told_) || may_read();
}

bool ConnectionState::begin_event() noexcept {
    if (event_under_way_ || owner_ == nullptr || closing_ || !has_news()) return false;
    event_under_way_ = true;
    add_reference();
    return true;
}

void ConnectionState::push_event() noexcept {
    if (!owner_->post(*this)) end_event(false);
}

void ConnectionState::end_event(bool again) noexcept {
    bool news = false;
    {
        const std::lock_guard held(lock());
        GREENROOM_ASSERT(event_under_way_);
        event_under_way_ = false;
        news = again && begin_event();
    }
    if (news) push_event();
    drop_reference();
}

void ConnectionState::dispatch(Cell& receiver, Message& message) {
    ConnectionState& state = static_cast<ConnectionState&>(message);
    const EventTurn turn{state};
    state.handle_event(receiver.actor());
}

// The owner has ended: it hears nothing more, and its end closes the handle.
void ConnectionState::discard(Message& message, Discard) noexcept {
    static_cast<ConnectionState&>(message).end_event(false);
}

void ConnectionState::destroy(Message&) noexcept {}

void ConnectionState::handle_event(Actor& owner) {
    Lock held(lock());
    if (std::exchange(writable_news_, false) && !closing_) {
        held.unlock();
        net::Writable writable;
        handlers_->writable(owner, writable);
        held.lock();
    }
    if (early_ != nullptr && may_read()) return tell_early(owner, std::move(held));
    read_once(owner, std::move(held));
}

void ConnectionState::tell_early(Actor& owner, Lock held) {
    const std::unique_ptr<std::string> early = std::move(early_);
    held.unlock();
    net::Received received{*early};
    handlers_->received(owner, received);
}

void ConnectionState::read_once(Actor& owner, Lock held) {
    if (slow_ && !closed_told_ && !closing_) {
        held.unlock();
        return tell_closed(owner, net::CloseReason::slow_reader, 0);
    }
    if (paused_ && (broken_ || (ready_ & readiness::failed) != 0)) {
        return tell_broken_while_paused(owner, std::move(held));
    }
    if (fd_ < 0 || !(may_read() || (broken_ && !closed_told_ && !closing_))) return;
    // The end stays noted until it was read; more bytes make an edge of their own.
    ready_ &= static_cast<std::uint8_t>(~readiness::readable);
    ++users_;
    held.unlock();
    LentBuffer buffer{*current_epoll_driver()};
    const std::ptrdiff_t count = sockets_.receive(fd_, buffer.bytes(), ReadBuffer::bytes_max);
    held.lock();
    // A short read has drained the socket. After a full one there may be more: others first, then.
    if (count == ReadBuffer::bytes_max) ready_ |= readiness::readable;
    end_use(std::move(held));
    if (count > 0) {
        net::Received received{{buffer.bytes(), static_cast<std::size_t>(count)}};
        return handlers_->received(owner, received);
    }
    if (count == 0) return tell_closed(owner, net::CloseReason::end_of_stream, 0);
    if (count == -EAGAIN) return came_to_nothing(owner);
    tell_closed(owner, net::CloseReason::failed, static_cast<int>(-count));
}

// Who has paused is not given what can still be read: that is lost with the rest.
void ConnectionState::tell_broken_while_paused(Actor& owner, Lock held) {
    if (fd_ < 0 || closed_told_ || closing_) return;
    int error = error_;
    if (error == 0) {
        ++users_;
        held.unlock();
        error = -sockets_.error(fd_);
        held.lock();
        end_use(std::move(held));
    } else {
        held.unlock();
    }
    tell_closed(owner, net::CloseReason::failed, error == 0 ? ECONNRESET : error);
}

// Nothing was there to be read. If sending has failed, that was the news.
void ConnectionState::came_to_nothing(Actor& owner) {
    Lock held(lock());
    if (!broken_) {
        ready_ &= readiness::readable;  // an edge that came meanwhile
        return;
    }
    const int error = error_;
    held.unlock();
    tell_closed(owner, net::CloseReason::failed, error);
}

void ConnectionState::tell_closed(Actor& owner, net::CloseReason reason, int error) {
    Resumption woken;
    {
        const std::lock_guard held(lock());
        if (std::exchange(closed_told_, true) || closing_) return;
        if (reason != net::CloseReason::end_of_stream) {
            broken_ = true;
            if (!flushing_) output_.clear();
            wake_senders(woken);
        }
    }
    woken.run();
    net::Closed closed{reason, {}};
    if (error != 0) closed.error = socket_error(-error);
    if (reason == net::CloseReason::slow_reader) closed.error = Errc::limit_reached;
    handlers_->closed(owner, closed);
}

void ConnectionState::pause() noexcept {
    const std::lock_guard held(lock());
    paused_ = true;
}

void ConnectionState::resume() noexcept {
    bool news = false;
    {
        const std::lock_guard held(lock());
        paused_ = false;
        news = begin_event();
    }
    if (news) push_event();
}

}  // namespace greenroom::detail
