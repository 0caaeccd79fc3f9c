#include "watched_socket.hpp"

#include <algorithm>
#include <cerrno>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/cancel_scope.hpp>
#include <greenroom/core/runtime.hpp>
#include <utility>

#include "network.hpp"

namespace greenroom::detail {

static_assert(WatchedSocket::deadline_passed == -ETIME);
static_assert(WatchedSocket::closed_here == -EBADF);

namespace {

using Lock = std::unique_lock<SpinLock>;

}  // namespace

// ---- Calls that wait

template <class Call>
std::ptrdiff_t WatchedSocket::until_done(Direction& direction, net::SocketEnd end,
                                         Deadline deadline, Where where, Call call) {
    suspension_point();
    for (;;) {
        if (worth_a_try(direction)) {
            const std::ptrdiff_t result = call();
            if (result >= 0) return result;
            if (result != -EAGAIN) return is_open() ? result : closed_here;
        }
        if (const int failure = wait(direction, end, deadline, where); failure < 0) return failure;
    }
}

// False if the last call took all that there was, and nothing has come since.
bool WatchedSocket::worth_a_try(Direction& direction) noexcept {
    const std::lock_guard held(direction.waiters.lock);
    const bool ready = std::exchange(direction.ready, false);
    return ready || direction.ended || !direction.drained;
}

void WatchedSocket::note_drained(Direction& direction, bool drained) noexcept {
    const std::lock_guard held(direction.waiters.lock);
    direction.drained = drained;
}

std::ptrdiff_t WatchedSocket::receive(char* buffer, std::size_t bytes, Deadline deadline,
                                      Where where) {
    return until_done(read_, net::SocketEnd::read, deadline, where, [&] {
        const std::ptrdiff_t count = sockets_.receive(fd_, buffer, bytes);
        // A short read has drained a socket that is watched: what comes later makes an edge.
        const bool is_short = count > 0 && static_cast<std::size_t>(count) < bytes;
        note_drained(read_, (is_short || count == -EAGAIN) && is_watched());
        // close() ends the stream for those who use it meanwhile.
        return count == 0 && !is_open() ? std::ptrdiff_t{closed_here} : count;
    });
}

std::ptrdiff_t WatchedSocket::send(const char* bytes, std::size_t count, Deadline deadline,
                                   Where where) {
    return until_done(write_, net::SocketEnd::write, deadline, where,
                      [&] { return sockets_.send(fd_, bytes, count); });
}

int WatchedSocket::accept(Deadline deadline, Where where) {
    return static_cast<int>(until_done(read_, net::SocketEnd::read, deadline, where,
                                       [&] { return std::ptrdiff_t{sockets_.accept(fd_)}; }));
}

int WatchedSocket::finish_connect(Deadline deadline, Where where) {
    const auto look = [&]() -> std::ptrdiff_t {
        if (const int error = sockets_.error(fd_); error < 0) return error;
        net::Address peer;
        const int result = sockets_.peer_address(fd_, peer);
        return result == -ENOTCONN ? -EAGAIN : result;
    };
    return static_cast<int>(until_done(write_, net::SocketEnd::write, deadline, where, look));
}

// ---- Waiting

int WatchedSocket::wait(Direction& direction, net::SocketEnd end, Deadline deadline, Where where) {
    RuntimeCore* const core = current_core();
    if (core == nullptr) {
        const int result = sockets_.wait(fd_, end, std::min(deadline, scopes_end()));
        if (result == -ETIMEDOUT) suspension_point();
        if (!is_open()) return closed_here;
        note_drained(direction, false);
        return result == -ETIMEDOUT ? deadline_passed : result;
    }
    if (const int failure = ensure_watched(*core); failure < 0) return failure;
    return wait_in_fiber(direction, deadline, where);
}

int WatchedSocket::wait_in_fiber(Direction& direction, Deadline deadline, Where where) {
    if (deadline.has_passed()) return deadline_passed;
    WaitRecord record{{direction.kind, this, where}};
    WaitEntry entry{record};
    Lock held(direction.waiters.lock);
    if (direction.ready) {
        held.unlock();
        return is_open() ? 0 : closed_here;
    }
    direction.waiters.add(entry);
    held.unlock();
    const Outcome outcome = record.wait(deadline);
    held.lock();
    direction.waiters.remove(entry);
    held.unlock();
    if (outcome == Outcome::cancelled) throw_cancelled();
    if (outcome == Outcome::expired) return deadline_passed;
    return is_open() ? 0 : closed_here;
}

// With the port of the calling worker, unless it is watched already.
int WatchedSocket::ensure_watched(RuntimeCore& core) {
    ensure_network(core);
    Lock held(lock_);
    while (registering_) {
        held.unlock();
        yield();
        held.lock();
    }
    if (port_ != nullptr && !port_->has_ended()) return 0;
    registering_ = true;
    EpollPort* const ended = std::exchange(port_, nullptr);
    held.unlock();
    detach_from_port(fd_, ended);
    EpollPort& port = current_epoll_driver()->port();
    references_.add();  // the watch's
    const int result = port.watch(fd_, *this);
    if (result < 0) drop_reference();
    held.lock();
    registering_ = false;
    if (result == 0) port_ = &port;
    return result;
}

void WatchedSocket::on_ready(std::uint32_t what) noexcept {
    const bool ended = (what & readiness::ended) != 0;
    const bool failed = (what & readiness::failed) != 0;
    if (ended || (what & readiness::readable) != 0) wake(read_, ended);
    if (failed || (what & readiness::writable) != 0) wake(write_, failed);
}

void WatchedSocket::wake(Direction& direction, bool ended) noexcept {
    Resumption woken;
    {
        const std::lock_guard held(direction.waiters.lock);
        direction.ready = true;
        direction.ended = direction.ended || ended;
        woken.add_all(direction.waiters);
    }
    woken.run();
}

// ---- Ending

bool WatchedSocket::begin_use() noexcept {
    const std::lock_guard held(lock_);
    if (closing_) return false;
    ++users_;
    return true;
}

void WatchedSocket::end_use() noexcept {
    Lock held(lock_);
    GREENROOM_ASSERT(users_ > 0);
    --users_;
    close_if_due(std::move(held));
}

bool WatchedSocket::is_open() noexcept {
    const std::lock_guard held(lock_);
    return !closing_;
}

bool WatchedSocket::is_watched() noexcept {
    const std::lock_guard held(lock_);
    return port_ != nullptr;
}

void WatchedSocket::close() noexcept {
    Lock held(lock_);
    if (std::exchange(closing_, true)) return;
    references_.add();  // for what follows
    // In a forked child those users are the parent's, and so is the connection.
    if (users_ > 0 && (port_ == nullptr || !port_->is_of_parent())) {
        ++users_;
        held.unlock();
        // For plain threads that wait in the kernel, and for the peer.
        sockets_.shutdown(fd_, net::SocketEnd::both);
        wake(read_, true);
        wake(write_, true);
        held.lock();
        --users_;
    }
    close_if_due(std::move(held));
    drop_reference();
}

void WatchedSocket::close_if_due(Lock held) noexcept {
    if (users_ > 0 || fd_ < 0 || !closing_) return;
    const int fd = std::exchange(fd_, -1);
    EpollPort* const port = std::exchange(port_, nullptr);
    references_.add();  // the watch's may be the last, and go in here
    held.unlock();
    detach_from_port(fd, port);
    sockets_.close(fd);
    drop_reference();
}

void WatchedSocket::detach_from_port(int fd, EpollPort* port) noexcept {
    if (port != nullptr) port->unwatch(fd, *this);
}

Fd WatchedSocket::take_fd() noexcept {
    Lock held(lock_);
    GREENROOM_ASSERT(users_ == 0);
    GREENROOM_ASSERT(!closing_);
    closing_ = true;
    const int fd = std::exchange(fd_, -1);
    EpollPort* const port = std::exchange(port_, nullptr);
    held.unlock();
    if (fd >= 0) detach_from_port(fd, port);
    return Fd{sockets_, fd};
}

}  // namespace greenroom::detail
