#include "linger_line.hpp"

#include <algorithm>
#include <exception>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/task.hpp>
#include <mutex>
#include <utility>

#include "epoll_port.hpp"

namespace greenroom::detail {

// Holds the port while the task is alive, whether or not that ever runs.
class LingerLine::Watch {
public:
    explicit Watch(LingerLine& line) noexcept : line_{&line} { line.port_.add_reference(); }
    Watch(Watch&& other) noexcept : line_{std::exchange(other.line_, nullptr)} {}
    Watch& operator=(Watch&&) = delete;
    ~Watch() {
        if (line_ == nullptr) return;
        if (!saw_the_end_) {
            const std::lock_guard held(line_->lock_);
            line_->watched_ = false;
        }
        line_->port_.drop_reference();
    }

    void operator()() {
        line_->watch();
        saw_the_end_ = true;
    }

private:
    LingerLine* line_;
    bool saw_the_end_ = false;  // and has told the line itself
};

LingerLine::~LingerLine() { GREENROOM_ASSERT(first_ == nullptr); }

bool LingerLine::add(RuntimeCore& core, SocketSource& source, TimePoint until) noexcept {
    bool starts = false;
    {
        const std::lock_guard held(lock_);
        if (ended_) return false;
        source.lingers_until_ = std::max(until, TimePoint{});
        insert(source);
        starts = !std::exchange(watched_, true);
        if (!starts && first_ != &source) return true;
    }
    if (!starts) {
        earlier_.set();
        return true;
    }
    if (start_watch(core)) return true;
    const std::lock_guard held(lock_);
    return !take_out(source);  // if it is not here, whoever took it out abandons it
}

// Most have the same patience, and come last.
void LingerLine::insert(SocketSource& source) noexcept {
    SocketSource* before = last_;
    while (before != nullptr && source.lingers_until_ < before->lingers_until_) {
        before = before->previous_in_port_;
    }
    SocketSource* const after = before == nullptr ? first_ : before->next_in_port_;
    source.previous_in_port_ = before;
    source.next_in_port_ = after;
    (before == nullptr ? first_ : before->next_in_port_) = &source;
    (after == nullptr ? last_ : after->previous_in_port_) = &source;
}

bool LingerLine::take_out(SocketSource& source) noexcept {
    if (std::exchange(source.lingers_until_, SocketSource::never_lingers) ==
        SocketSource::never_lingers) {
        return false;
    }
    SocketSource* const before = std::exchange(source.previous_in_port_, nullptr);
    SocketSource* const after = std::exchange(source.next_in_port_, nullptr);
    (before == nullptr ? first_ : before->next_in_port_) = after;
    (after == nullptr ? last_ : after->previous_in_port_) = before;
    return true;
}

void LingerLine::remove(SocketSource& source) noexcept {
    bool was_here = false;
    {
        const std::lock_guard held(lock_);
        was_here = take_out(source);
    }
    if (was_here) source.release();
}

bool LingerLine::start_watch(RuntimeCore& core) noexcept {
    try {
        spawn_on(core, Watch{*this}, {.name = "last words of closed connections"}, Where::here())
            .detach();
        return true;
    } catch (const std::exception&) {
        return false;  // Watch has noted that nobody watches
    }
}

void LingerLine::watch() {
    for (;;) {
        Deadline next;
        if (SocketSource* const late = take_late(next)) {
            late->abandon();
            late->release();
            continue;
        }
        {
            const std::lock_guard held(lock_);
            // With this the next add() starts another task: so it looks under the same lock.
            if (first_ == nullptr) {
                watched_ = false;
                return;
            }
        }
        (void)earlier_.wait_before(next);
    }
}

SocketSource* LingerLine::take_late(Deadline& next) noexcept {
    const std::lock_guard held(lock_);
    if (first_ == nullptr) return nullptr;
    next = Deadline{first_->lingers_until_};
    return next.has_passed() ? take_first() : nullptr;
}

SocketSource* LingerLine::take_first() noexcept {
    SocketSource* const first = first_;
    if (first != nullptr) take_out(*first);
    return first;
}

void LingerLine::end() noexcept {
    for (;;) {
        SocketSource* given_up = nullptr;
        {
            const std::lock_guard held(lock_);
            ended_ = true;
            given_up = take_first();
        }
        if (given_up == nullptr) return;
        given_up->abandon();
        given_up->release();
    }
}

}  // namespace greenroom::detail
