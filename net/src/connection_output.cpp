// What goes to the peer, and how a connection ends. The states: connection_state.hpp.
#include <algorithm>
#include <cerrno>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <utility>

#include "connection_state.hpp"
#include "network.hpp"

namespace greenroom::detail {

bool ConnectionState::has_room(std::size_t count) const noexcept {
    const std::size_t most = group_.options.output_bytes_max;
    const std::size_t queued = output_.bytes();
    return queued == 0 || (count <= most && queued <= most - count);
}

template <class Bytes>
bool ConnectionState::send(const Bytes& bytes, std::size_t count, Where where) {
    Lock held(lock());
    while (takes_output() && !has_room(count)) {
        if (may_flush() && !output_.empty()) {  // the peer has not been offered it yet
            flush_now(held);
            continue;
        }
        if (group_.options.slow_reader != net::SlowReader::suspend_sender) {
            return refuse(std::move(held), count);
        }
        held.unlock();
        if (!wait_for_room(count, where)) return false;
        held.lock();
    }
    if (!takes_output()) return false;
    if (count == 0) return true;
    output_.append(bytes);
    const bool dirty = mark_dirty();
    held.unlock();
    if (dirty) pass_to_flusher();
    return true;
}

template bool ConnectionState::send(const std::string_view&, std::size_t, Where);
template bool ConnectionState::send(const net::SharedBytes&, std::size_t, Where);

// True: there may be room now. False: there never will be.
bool ConnectionState::wait_for_room(std::size_t count, Where where) {
    suspension_point();
    WaitRecord record{{"room in a connection's output", this, where}};
    WaitEntry entry{record};
    Lock held(lock());
    if (!takes_output()) return false;
    if (has_room(count)) return true;
    room_.add(entry);
    held.unlock();
    const Outcome outcome = record.wait(Deadline::never());
    held.lock();
    room_.remove(entry);
    held.unlock();
    if (outcome == Outcome::cancelled) throw_cancelled();
    return true;
}

bool ConnectionState::refuse(Lock held, std::size_t count) noexcept {
    if (group_.options.slow_reader == net::SlowReader::close) {
        break_slow_reader(std::move(held));
    } else {
        held.unlock();
        group_.dropped_bytes.add(count);
    }
    return false;
}

void ConnectionState::break_slow_reader(Lock held) noexcept {
    slow_ = true;
    broken_ = true;
    resets_ = true;
    const std::size_t lost = output_.bytes();
    if (!flushing_) output_.clear();
    const bool news = begin_event();
    held.unlock();
    group_.slow_readers.add(1);
    if (news) push_event();
    group_.slow_reader_log.log(LogLevel::warning, [&] {
        return "a peer does not read: its connection is closed, and " + std::to_string(lost) +
               " bytes for it are dropped";
    });
}

// Who flushes, or is blocked, sees what was queued meanwhile.
bool ConnectionState::mark_dirty() noexcept {
    if (dirty_ || flushing_ || blocked_) return false;
    dirty_ = true;
    add_reference();  // the list's
    return true;
}

// The one whose round ends with a flush; null in a thread that has no rounds.
EpollDriver* ConnectionState::flusher() const noexcept {
    return group_.core == nullptr ? nullptr : current_epoll_driver(*group_.core);
}

void ConnectionState::pass_to_flusher() noexcept {
    if (EpollDriver* const driver = flusher()) return driver->flush_later(*this);
    flush();
    release();
}

void ConnectionState::flush() noexcept {
    Lock held(lock());
    dirty_ = false;
    if (may_flush()) flush_now(held);
}

void ConnectionState::flush_now(Lock& held) noexcept {
    flushing_ = true;
    ++users_;
    flush_some(held);
    flushing_ = false;
    if (was_blocked_ || broken_ || closing_ || !room_.empty()) {
        settle(std::move(held));
        held = Lock{lock()};
    } else {
        --users_;  // as a rule: all has gone, and that is no news to anybody
    }
    if (output_.empty() || !may_flush() || !mark_dirty()) return;
    held.unlock();
    pass_to_flusher();  // the rest is for its next round
    held.lock();
}

// Tells who waited for this flush, or for its outcome.
void ConnectionState::settle(Lock held) noexcept {
    Resumption woken;
    if (broken_) output_.clear();
    if (output_.empty() && std::exchange(was_blocked_, false) && !broken_) {
        writable_news_ = handlers_ != nullptr && handlers_->writable != nullptr;
    }
    wake_senders(woken);
    const bool news = begin_event();
    if (closing_ && blocked_) linger(held);
    end_use(std::move(held));
    woken.run();
    if (news) push_event();
}

// What is queued, or, where a round can go on with it, as much as sends_in_round_max calls take:
// others may append as fast as it sends. A thread without rounds of this runtime's sends all.
void ConnectionState::flush_some(Lock& held) noexcept {
    const bool has_rounds = flusher() != nullptr;
    for (int sends = 0; !output_.empty() && !broken_; ++sends) {
        if (has_rounds && sends == sends_in_round_max) return;
        flush_again_ = false;
        const std::ptrdiff_t sent = send_queued(held);
        if (sent >= 0) {
            output_.consume(static_cast<std::size_t>(sent));
        } else if (sent != -EAGAIN) {
            broken_ = true;
            error_ = static_cast<int>(-sent);
        } else if (!flush_again_ && !watch_for_room(held)) {
            blocked_ = true;
            was_blocked_ = true;
            return;
        }
    }
}

// True if it was not watched up to now: then the edge may have come before it was.
bool ConnectionState::watch_for_room(Lock& held) noexcept {
    if (port_ != nullptr || group_.core == nullptr) return false;
    const Visit visit{*group_.core};
    return visit && watch(held, calmest_port(*group_.core));
}

// Once. With the lock, which it leaves meanwhile.
bool ConnectionState::watch(Lock& held, EpollPort& port) noexcept {
    if (port_ != nullptr || fd_ < 0) return false;
    port_ = &port;
    ++users_;
    held.unlock();
    add_reference();  // the watch's
    const int result = port.watch(fd_, *this);
    if (result < 0) drop_reference();
    held.lock();
    --users_;
    if (result == 0) return true;
    port_ = nullptr;
    broken_ = true;
    error_ = -result;
    return true;
}

std::ptrdiff_t ConnectionState::send_queued(Lock& held) noexcept {
    const net::OutputPiece first = output_.first();
    if (first.bytes < std::min(output_.bytes(), send_bytes_max)) return send_pieces(held);
    held.unlock();
    const std::ptrdiff_t sent =
        sockets_.send(fd_, first.data, std::min(first.bytes, send_bytes_max));
    held.lock();
    return sent;
}

std::ptrdiff_t ConnectionState::send_pieces(Lock& held) noexcept {
    net::OutputPiece pieces[net::SocketApi::pieces_max];
    const std::size_t count = output_.gather(pieces, net::SocketApi::pieces_max, send_bytes_max);
    held.unlock();
    const std::ptrdiff_t sent = sockets_.send_pieces(fd_, pieces, count);
    held.lock();
    return sent;
}

void ConnectionState::wake_senders(Resumption& woken) noexcept {
    if (room_.empty() || (takes_output() && !has_room(1))) return;
    woken.add_all(room_);
}

std::size_t ConnectionState::queued_bytes() noexcept {
    const std::lock_guard held(lock());
    return output_.bytes();
}

// ---- Ending

void ConnectionState::close() noexcept {
    Resumption woken;
    Lock held(lock());
    if (std::exchange(closing_, true)) return;
    wake_senders(woken);
    if (blocked_) linger(held);
    close_if_due(std::move(held));
    woken.run();
}

void ConnectionState::close_now() noexcept { break_off(); }

void ConnectionState::abandon() noexcept {
    const std::size_t lost = break_off();
    if (lost == 0) return;
    group_.cut_short.add(1);
    group_.cut_short_log.log(LogLevel::warning, [&] {
        return "a peer does not take what was sent before the end: " + std::to_string(lost) +
               " bytes for it are dropped";
    });
}

// Returns how many bytes were left to send.
std::size_t ConnectionState::break_off() noexcept {
    Resumption woken;
    Lock held(lock());
    const std::size_t lost = broken_ ? 0 : output_.bytes();
    closing_ = true;
    broken_ = true;
    resets_ = true;
    if (!flushing_) output_.clear();
    wake_senders(woken);
    close_if_due(std::move(held));
    woken.run();
    return lost;
}

// Has it abandoned if the peer has not taken all when the patience is over.
void ConnectionState::linger(Lock& held) noexcept {
    if (fd_ < 0 || broken_ || std::exchange(lingering_, true)) return;
    EpollPort* const port = port_;
    RuntimeCore* const core = owner_ == nullptr ? group_.core : &owner_->core();
    ++users_;
    held.unlock();
    bool waits = false;
    if (port != nullptr && core != nullptr) {
        const TimePoint now = coarse_now(*core);
        const Duration patience = std::min(group_.options.linger, TimePoint::max() - now);
        add_reference();  // the line's
        waits = port->lingering().add(*core, *this, now + patience);
        if (!waits) drop_reference();
    }
    if (!waits) abandon();
    held.lock();
    --users_;
}

void ConnectionState::end_use(Lock held) noexcept {
    GREENROOM_ASSERT(users_ > 0);
    --users_;
    close_if_due(std::move(held));
}

void ConnectionState::close_if_due(Lock held) noexcept {
    if (users_ > 0 || fd_ < 0 || !closing_) return;
    if (!broken_ && !output_.empty()) return;
    const int fd = std::exchange(fd_, -1);
    EpollPort* const port = port_;
    const bool resets = resets_;
    output_.clear();
    held.unlock();
    add_reference();  // the watch's may be the last, and go in here
    if (port != nullptr) port->unwatch(fd, *this);
    if (resets) sockets_.set_option(fd, net::SocketOption::reset_on_close, 1);
    sockets_.close(fd);
    group_.open.subtract(1);
    drop_reference();
}

}  // namespace greenroom::detail
