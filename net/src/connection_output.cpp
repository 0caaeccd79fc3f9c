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
    if (queued == 0 && group_.options.slow_reader == net::SlowReader::suspend_sender) return true;
    return count <= most && queued <= most - count;
}

template <class Bytes>
bool ConnectionState::send(const Bytes& bytes, std::size_t count, Where where) {
    Lock held(lock());
    while (takes_output() && !has_room(count)) {
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
    const std::size_t lost = output_.bytes();
    if (!flushing_) output_.clear();
    const bool news = begin_event();
    held.unlock();
    group_.slow_readers.add(1);
    if (news) push_event();
    group_.slow_reader_log.log(LogLevel::warning,
                               "a peer does not read: its connection is closed, and " +
                                   std::to_string(lost) + " bytes for it are dropped");
}

// Who flushes, or is blocked, sees what was queued meanwhile.
bool ConnectionState::mark_dirty() noexcept {
    if (dirty_ || flushing_ || blocked_) return false;
    dirty_ = true;
    add_reference();  // the list's
    return true;
}

void ConnectionState::pass_to_flusher() noexcept {
    EpollDriver* const driver =
        group_.core == nullptr ? nullptr : current_epoll_driver(*group_.core);
    if (driver != nullptr) return driver->flush_later(*this);
    flush();  // a thread that has no rounds
    release();
}

void ConnectionState::flush() noexcept {
    Resumption woken;
    Lock held(lock());
    dirty_ = false;
    if (flushing_ || blocked_ || fd_ < 0) return;
    flushing_ = true;
    ++users_;
    flush_all(held);
    flushing_ = false;
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

void ConnectionState::flush_all(Lock& held) noexcept {
    while (!output_.empty() && !broken_) {
        flush_again_ = false;
        const std::ptrdiff_t sent = send_queued(held);
        if (sent >= 0) {
            output_.consume(static_cast<std::size_t>(sent));
        } else if (sent != -EAGAIN) {
            broken_ = true;
            error_ = static_cast<int>(-sent);
        } else if (!flush_again_) {
            blocked_ = true;
            was_blocked_ = true;
            return;
        }
    }
}

std::ptrdiff_t ConnectionState::send_queued(Lock& held) noexcept {
    net::OutputPiece pieces[net::SocketApi::pieces_max];
    const std::size_t count = output_.gather(pieces, net::SocketApi::pieces_max);
    held.unlock();
    const std::ptrdiff_t sent = count == 1 ? sockets_.send(fd_, pieces[0].data, pieces[0].bytes)
                                           : sockets_.send_pieces(fd_, pieces, count);
    held.lock();
    return sent;
}

void ConnectionState::wake_senders(Resumption& woken) noexcept {
    if (room_.empty() || (takes_output() && !has_room(1))) return;
    while (WaitEntry* const waiting = room_.first_waiting()) {
        if (room_.win(*waiting)) woken.add(*waiting);
    }
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

void ConnectionState::close_now() noexcept {
    Resumption woken;
    Lock held(lock());
    closing_ = true;
    broken_ = true;
    if (!flushing_) output_.clear();
    wake_senders(woken);
    close_if_due(std::move(held));
    woken.run();
}

// Has the kernel give up on a peer that takes nothing more, and the port on it when it ends.
void ConnectionState::linger(Lock& held) noexcept {
    if (fd_ < 0 || std::exchange(lingering_, true)) return;
    ++users_;
    held.unlock();
    const auto patience =
        std::chrono::duration_cast<std::chrono::milliseconds>(group_.options.linger).count();
    sockets_.set_option(fd_, net::SocketOption::unanswered_ms_max,
                        static_cast<int>(std::clamp<std::int64_t>(patience, 1, 86'400'000)));
    const bool watched = port_ != nullptr && port_->linger(*this);
    held.lock();
    --users_;
    if (!watched) broken_ = true;  // nobody would tell when it can be sent
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
    output_.clear();
    held.unlock();
    add_reference();  // the watch's may be the last, and go in here
    if (port != nullptr) port->unwatch(fd, *this);
    sockets_.close(fd);
    group_.open.subtract(1);
    drop_reference();
}

}  // namespace greenroom::detail
