// SimulatedMachine: plays the threads of a program on one, in an order drawn from a seed.
//
// It is the clock, the threads and the chance of everything that runs on it: a Runtime made with
// it has its workers, its monitor and its plain threads here, and the same code runs as elsewhere.
// The same seed plays the same run, step by step, with any compiler.
//
// A virtual thread goes on until it comes to a point: a call of the machine, and in the model build
// (detail/model_atomic.hpp) each atomic operation. There another may be played, by one of two
// policies: at random, or the one of the highest priority, where priorities are random and the one
// that runs falls behind all others now and then (Burckhardt et al., "A randomized scheduler with
// probabilistic guarantees of finding bugs", 2010).
//
// Time is virtual. It starts at one second, and goes on when nobody can: then it jumps to the
// earliest deadline. Now and then it jumps a little though somebody could go on, so that deadlines
// race with wakes.
//
// Threads   Everything happens on the thread that calls run(); no other may touch the machine.
// Lifetime  The machine outlives what was made with it, handles included. When a run is stuck, its
//           virtual threads are abandoned where they are: their stacks stay, and leak.
// Limits    steps_max points a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <greenroom/core/chance.hpp>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/threads.hpp>
#include <memory>
#include <string>
#include <vector>

namespace greenroom {

namespace detail {
class Context;
class VirtualThread;
}  // namespace detail

// A run cannot go on. what() says why, names the threads that have not ended, and the seed.
class SimulationStuck : public Error {
public:
    enum class Reason {
        deadlock,  // every virtual thread waits, and none of them for a deadline
        steps,     // steps_max was reached
    };

    SimulationStuck(Reason reason, const std::string& story)
        : Error{Errc::limit_reached, story}, reason_{reason} {}

    Reason reason() const noexcept { return reason_; }

private:
    Reason reason_;
};

struct SimulationOptions {
    enum class Policy { by_seed, at_random, by_priority };

    Policy policy = Policy::by_seed;
    // At one of so many points another thread is played.
    std::uint32_t switch_one_in = 8;
    // One of so many waits ends for no reason. 0: none does.
    std::uint32_t spurious_one_in = 64;
    // At one of so many switches time jumps though somebody could go on, to the earliest deadline,
    // if that is no farther than hurry_max. 0: never.
    std::uint32_t hurry_one_in = 64;
    Duration hurry_max = std::chrono::milliseconds{5};
    std::uint64_t steps_max = 20'000'000;
    std::size_t stack_bytes = 256 * 1024;
};

class SimulatedMachine final : public Clock, public Threads, public Chance {
public:
    explicit SimulatedMachine(std::uint64_t seed, const SimulationOptions& options = {});
    ~SimulatedMachine() override;
    SimulatedMachine(const SimulatedMachine&) = delete;
    SimulatedMachine& operator=(const SimulatedMachine&) = delete;

    // Plays `main` as the first virtual thread, until it and all that it started have ended. Throws
    // SimulationStuck, or the first exception that a virtual thread let out. May be called again
    // after it returned, and goes on with time and chance where they were.
    void run(std::function<void()> main);

    // A number that tells runs apart: of every decision so far, in order.
    std::uint64_t trace_hash() const noexcept { return trace_; }
    std::uint64_t steps() const noexcept { return steps_; }
    std::uint64_t seed() const noexcept { return seed_; }

    // Another virtual thread may be played here. Nothing happens outside of run().
    void point() noexcept override;

    // Clock
    TimePoint now() noexcept override;

    // Threads. Waiting and starting need a virtual thread that calls.
    std::unique_ptr<Handle> start(std::string name, std::function<void()> body) override;
    bool wait(FutexWord& word, std::uint32_t expected, Deadline deadline) noexcept override;
    void wake(FutexWord* word) noexcept override;
    void pause() noexcept override;

    // Chance
    std::uint32_t choose(std::uint32_t count) noexcept override;

private:
    class VirtualHandle;
    friend class detail::VirtualThread;

    // What goes into the trace.
    enum class Event : std::uint32_t { play, jump, chose, started, ended, spurious };

    std::uint64_t draw() noexcept;
    std::uint32_t draw_below(std::uint32_t count) noexcept;
    bool one_in(std::uint32_t count) noexcept;
    void trace(Event event, std::uint64_t value) noexcept;

    detail::VirtualThread& add_thread(std::string name, std::function<void()> body);
    void end_thread(detail::VirtualThread& thread) noexcept;
    void join(detail::VirtualThread& thread) noexcept;
    bool sleep(const void* address, Deadline deadline) noexcept;
    void wake_all(const void* address) noexcept;

    void give_way() noexcept;
    detail::VirtualThread& next_to_play(bool other_than_current) noexcept;
    detail::VirtualThread* pick(bool other_than_current) noexcept;
    void fall_behind(detail::VirtualThread& thread) noexcept;
    void play(detail::VirtualThread& next) noexcept;
    bool jump_to_deadline(Deadline latest) noexcept;
    [[noreturn]] void stop_stuck(SimulationStuck::Reason reason) noexcept;
    std::string describe_threads() const;

    const std::uint64_t seed_;
    const SimulationOptions options_;
    const bool by_priority_;
    std::uint64_t random_;
    std::uint64_t trace_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t steps_until_ = 0;  // of this run
    TimePoint now_{std::chrono::seconds{1}};

    std::vector<std::unique_ptr<detail::VirtualThread>> threads_;  // by age; joined ones are out
    std::uint32_t started_ = 0;
    std::size_t alive_ = 0;
    std::int64_t lowest_priority_ = 0;
    detail::VirtualThread* current_ = nullptr;
    detail::Context* outside_ = nullptr;  // where run() waits
    std::exception_ptr failure_;          // the first that a virtual thread let out
    std::unique_ptr<SimulationStuck> stuck_;
};

// The machine that plays the caller; null outside of one.
SimulatedMachine* this_machine() noexcept;

}  // namespace greenroom
