// Agent: does random things with a CoreWorld, in a fiber or in a plain thread.
//
// Whoever holds a permit or the mutex waits for nothing meanwhile but for time to pass, and every
// channel has somebody who receives to its end: so a wait without a deadline always ends, or a wake
// was lost, which the watch over the progress reports.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/select.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <greenroom/core/timers.hpp>
#include <map>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "core_world.hpp"

namespace greenroom::stress {

using namespace std::chrono_literals;
using support::require;

struct Runtimes {
    Runtime& first;
    Runtime& second;
};

class PlannedFailure : public std::runtime_error {
public:
    PlannedFailure() : std::runtime_error{"as planned"} {}
};

class Agent {
public:
    Agent(World& world, Runtimes runtimes, std::uint64_t seed, int depth)
        : world_{world}, runtimes_{runtimes}, random_{seed}, depth_{depth} {}

    // Until the world is over, or for so many operations.
    void work(std::uint64_t operations_max) {
        for (; operations_max > 0 && world_.begin_operation(false); --operations_max) operate();
    }
    // Until it is cancelled.
    void work_for_ever() {
        while (world_.begin_operation(true)) operate();
    }

    // Receives to the end.
    void drain(Post& post) {
        while (std::optional<Item> item = post.channel.receive()) received(post, *item);
    }

private:
    using Operation = void (Agent::*)();

    void operate() {
        static constexpr Operation operations[] = {
            &Agent::hold_permits,  &Agent::hold_mutex,       &Agent::send,
            &Agent::send,          &Agent::receive,          &Agent::wait_event,
            &Agent::set_event,     &Agent::hand_over,        &Agent::have_children,
            &Agent::rest,          &Agent::call_blocking,    &Agent::keep_its_own,
            &Agent::have_children, &Agent::suspend_in_catch, &Agent::choose,
            &Agent::choose,        &Agent::gather_two,       &Agent::have_called};
        (this->*operations[random_.below(std::size(operations))])();
    }

    Deadline soon() { return Deadline::after(random_.of<Duration>({-1ms, 0ms, 200us, 1ms, 3ms})); }
    bool timed(bool in_time) {
        if (!in_time) figures.expired.fetch_add(1);
        return in_time;
    }
    Post& any_post() { return *random_.of({&world_.rendezvous, &world_.narrow, &world_.wide}); }
    Runtime& any_runtime() { return random_.one_in(4) ? runtimes_.second : runtimes_.first; }

    // For as long as it has something.
    void pass_time() {
        if (random_.one_in(3)) yield();
        if (random_.one_in(20)) sleep_for(random_.of<Duration>({0us, 100us, 1ms}));
    }

    void hold_permits() {
        const std::size_t count = 1 + random_.below(World::permits_count);
        if (random_.one_in(3)) {
            if (!timed(world_.permits.acquire_before(soon(), count))) return;
        } else if (random_.one_in(3)) {
            if (!world_.permits.try_acquire(count)) return;
        } else {
            world_.permits.acquire(count);
        }
        struct Holding {
            World& world;
            std::size_t count;
            ~Holding() {
                world.taken.fetch_sub(count);
                world.permits.release(count);
            }
        };
        const std::size_t before = world_.taken.fetch_add(count);
        const Holding holding{world_, count};
        require(before + count <= World::permits_count, "no more permits are out than there are");
        pass_time();
    }

    void hold_mutex() {
        if (random_.one_in(3)) {
            if (!timed(world_.mutex.lock_before(soon()))) return;
        } else {
            world_.mutex.lock();
        }
        struct Holding {
            World& world;
            ~Holding() {
                ++world.second;
                world.mutex.unlock();
            }
        };
        require(world_.first++ == world_.second, "one owner at a time");
        const Holding holding{world_};
        pass_time();
    }

    void send() {
        Post& post = any_post();
        if (sender_ == 0) sender_ = world_.senders.fetch_add(1) + 1;
        const Item item{sender_, ++number_};
        try {
            if (random_.one_in(3)) {
                if (timed(post.channel.send_before(soon(), item))) post.note_sent(item);
            } else if (random_.one_in(4)) {
                if (post.channel.try_send(item)) post.note_sent(item);
            } else {
                post.channel.send(item);
                post.note_sent(item);
            }
        } catch (const Error& closed) {
            require(closed.code() == Errc::closed, closed.what());
        }
    }

    void receive() {
        Post& post = any_post();
        std::optional<Item> item;
        if (random_.one_in(2)) {
            item = post.channel.receive_before(soon());
            timed(item.has_value());
        } else {
            // Not for ever: if all receive at once, there is nobody to send.
            item = random_.one_in(4) ? post.channel.try_receive() : receive_in_scope(post);
        }
        if (item) received(post, *item);
    }

    std::optional<Item> receive_in_scope(Post& post) {
        try {
            return with_deadline(soon(), [&] { return post.channel.receive(); });
        } catch (const Timeout&) {
            timed(false);
            return std::nullopt;
        }
    }

    void received(Post& post, Item item) {
        post.note_received(item);
        std::uint32_t& last = last_of_[{&post, item.sender}];
        require(last < item.number, "items of one sender come in the order sent");
        last = item.number;
    }

    // What is ready of a send and a receive, perhaps of the same channel, within a time or at once.
    void choose() {
        Post& from = any_post();
        Post& to = any_post();
        if (sender_ == 0) sender_ = world_.senders.fetch_add(1) + 1;
        const Item item{sender_, ++number_};
        const auto got = [&](std::optional<Item> one) {
            if (one) received(from, *one);
        };
        const auto sent = [&] { to.note_sent(item); };
        figures.selects.fetch_add(1);
        try {
            if (random_.one_in(3)) {
                select(on_send(to.channel, item, sent), on_receive(from.channel, got),
                       otherwise([] {}));
            } else {
                select(on_receive(from.channel, got), on_send(to.channel, item, sent),
                       after(random_.of<Duration>({0ms, 200us, 1ms, 3ms}), [&] { timed(false); }));
            }
        } catch (const Error& closed) {
            require(closed.code() == Errc::closed, closed.what());
        }
    }

    // In a fiber: two at once, which refer to this stack.
    void gather_two() {
        if (depth_ >= 3 || detail::current_core() == nullptr) return rest();
        int done = 0;
        const auto part = [&](int result) {
            return [this, &done, result, seed = random_.next(), token = Token{}] {
                Agent{world_, runtimes_, seed, depth_ + 1}.work(2);
                ++done;
                return result;
            };
        };
        const auto [one, two] = gather(part(1), part(2));
        require(one == 1 && two == 2 && done == 2, "both have ended");
    }

    // A timer, that is cancelled or is not.
    void have_called() {
        figures.timers.fetch_add(1);
        auto timer = call_later(any_runtime(), random_.of<Duration>({0us, 50us, 1ms, 2ms}),
                                [token = Token{}] {});
        pass_time();
        if (random_.one_in(2)) (void)timer.cancel();
    }

    void wait_event() {
        if (random_.one_in(2)) {
            timed(world_.manual.wait_before(soon()));
        } else if (timed(world_.automatic.wait_before(soon()))) {
            world_.passes.fetch_add(1);
        }
    }

    void set_event() {
        switch (random_.below(4)) {
            case 0: world_.manual.clear(); break;
            case 1: world_.manual.set(); break;
            default: world_.sets.fetch_add(1); world_.automatic.set();
        }
    }

    // With somebody who knows only of a thing on this stack, which dies as soon as it was used.
    void hand_over() {
        switch (random_.below(3)) {
            case 0: {
                Event event;
                const auto setter =
                    spawn(any_runtime(), [&event, token = Token{}] { event.set(); });
                event.wait();
                break;
            }
            case 1: {
                Channel<int> channel{random_.below(2U)};
                auto sender = spawn(any_runtime(), [&channel, token = Token{}] {
                    try {
                        channel.send(42);
                    } catch (const Error&) {
                    }
                });
                const Closing closing{channel};
                require(channel.receive() == 42, "what was sent is received");
                break;
            }
            default: {
                Semaphore permits{0};
                const auto giver =
                    spawn(any_runtime(), [&permits, token = Token{}] { permits.release(2); });
                permits.acquire(2);
            }
        }
    }
    struct Closing {
        Channel<int>& channel;
        ~Closing() { channel.close_and_discard(); }
    };

    void have_children() {
        if (depth_ >= 3) return rest();
        std::vector<Child> children;
        for (std::uint64_t count = 1 + random_.below(3U); count > 0; --count) {
            children.push_back(have_child());
        }
        for (Child& child : children) end_child(child);
    }

    struct Child {
        Task<std::uint64_t> task;
        std::uint64_t result;
        bool fails;
        bool cancelled = false;
    };

    Child have_child() {
        const std::uint64_t result = random_.next();
        const bool fails = random_.one_in(5);
        const std::uint64_t operations = random_.below(6U);
        const std::uint64_t seed = random_.next();
        SpawnOptions options;
        options.name = "child";
        options.stack_class = random_.one_in(10)
                                  ? random_.of({StackClass::small, StackClass::large})
                                  : StackClass::standard;
        auto life = [&world = world_, runtimes = runtimes_, depth = depth_ + 1, seed, operations,
                     result, fails, token = Token{}] {
            Agent{world, runtimes, seed, depth}.work(operations);
            if (fails) throw PlannedFailure{};
            return result;
        };
        return {spawn(any_runtime(), std::move(life), options), result, fails};
    }

    void end_child(Child& child) {
        if (random_.one_in(3)) {
            child.task.cancel();
            child.cancelled = true;
        }
        switch (random_.below(6)) {
            case 0: return;  // dropped: cancelled and joined
            case 1:
                if (!timed(child.task.join_before(soon()))) return;
                break;
            case 2:
                if (depth_ == 0 && !child.fails) return child.task.detach();
                break;
            default: break;
        }
        get_child(child);
    }

    void get_child(Child& child) {
        try {
            const std::uint64_t result = child.task.get();
            require(!child.fails && result == child.result, "a task returns what it returned");
        } catch (const PlannedFailure&) {
            require(child.fails, "a task throws what it threw");
            figures.failed_tasks.fetch_add(1);
        } catch (const Error& error) {
            // The world's end may have cancelled it too.
            require(error.code() == Errc::cancelled || error.code() == Errc::stopping,
                    error.what());
            figures.cancelled.fetch_add(1);
        }
    }

    void rest() { random_.one_in(3) ? sleep_for(random_.of<Duration>({0us, 50us, 2ms})) : yield(); }

    void call_blocking() {
        figures.blocking_calls.fetch_add(1);
        const std::uint64_t number = random_.next();
        if (random_.one_in(3)) {
            blocking_detached(any_runtime(), [token = Token{}] {});
            return;
        }
        const bool waits = random_.one_in(4);
        const std::uint64_t result = blocking([&](const std::stop_token& stop) {
            // It refers to this stack, which therefore waits for it.
            for (int i = 0; waits && i < 200 && !stop.stop_requested(); ++i)
                std::this_thread::yield();
            return number + 1;
        });
        require(result == number + 1, "blocking returns what its function returned");
    }

    // Thread, errno and the exception that is handled stay a fiber's own across a suspension.
    void keep_its_own() {
        const pid_t thread = ::gettid();
        errno = 1000 + static_cast<int>(random_.below(1000));
        const int before = errno;
        yield();
        require(errno == before, "errno is the fiber's");
        require(::gettid() == thread, "a fiber stays on its thread");
    }

    void suspend_in_catch() {
        const std::uint64_t mark = random_.next();
        try {
            try {
                throw mark;
            } catch (std::uint64_t&) {
                pass_time();
                throw;
            }
        } catch (std::uint64_t caught) {
            require(caught == mark, "a fiber rethrows its own exception");
        }
    }

    World& world_;
    const Runtimes runtimes_;
    support::Random random_;
    const int depth_;  // of tasks in tasks
    std::uint32_t sender_ = 0;
    std::uint32_t number_ = 0;
    std::map<std::pair<const Post*, std::uint32_t>, std::uint32_t> last_of_;
};

}  // namespace greenroom::stress
