// Stress: what the programs of tests/stress share: arguments, random numbers, a watch over their
// progress, and checks that name the seed.
//
//   prog --quick | --seconds N  [--seed S]  [--rounds N]
//
// A program plays rounds. Each has a seed of its own, which is printed when it fails; with that
// seed, `--seed S --rounds 1` plays it alone. Threads race, so a seed repeats the plan of a round
// and not its schedule.
//
// Threads  Random is one thread's, or one fiber's. All else from any.
#pragma once

#include <dirent.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/log.hpp>
#include <initializer_list>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

namespace greenroom::support {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool under_sanitizer = true;
#else
inline constexpr bool under_sanitizer = false;
#endif

struct StressPlan {
    std::chrono::seconds time{3};
    std::uint64_t seed = 0;
    std::uint64_t rounds_max = UINT64_MAX;
};

// Ends the program with a usage line if the arguments are not those above.
inline StressPlan stress_plan(int argc, char** argv) {
    StressPlan plan;
    plan.seed = std::random_device{}();
    bool has_time = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const char* const value = i + 1 < argc ? argv[i + 1] : "";
        const std::uint64_t number = std::strtoull(value, nullptr, 10);
        if (word == "--quick") {
            has_time = true;
            continue;
        }
        ++i;
        if (word == "--seconds" && number > 0) {
            has_time = true;
            plan.time = std::chrono::seconds{number};
        } else if (word == "--seed" && *value != '\0') {
            plan.seed = number;
        } else if (word == "--rounds" && number > 0) {
            plan.rounds_max = number;
        } else {
            has_time = false;
            break;
        }
    }
    if (has_time) return plan;
    std::fprintf(stderr, "usage: %s --quick | --seconds N [--seed S] [--rounds N]\n", argv[0]);
    std::exit(2);
}

// Small and fast; its quality is enough for a stress.
class Random {
public:
    explicit Random(std::uint64_t seed) noexcept : state_{seed} {}

    std::uint64_t next() noexcept {
        std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15);
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
        return mixed ^ (mixed >> 31U);
    }
    // 0 to count - 1.
    template <class T>
    T below(T count) noexcept {
        return static_cast<T>(next() % static_cast<std::uint64_t>(count));
    }
    bool one_in(unsigned count) noexcept { return next() % count == 0; }
    template <class T>
    const T& of(std::initializer_list<T> choices) noexcept {
        return choices.begin()[below(choices.size())];
    }

private:
    std::uint64_t state_;
};

// The seed of the round that is played, for messages.
inline std::atomic<std::uint64_t> current_round_seed{0};

[[noreturn]] inline void stress_failed(const std::string& story) {
    std::fflush(stdout);
    std::fprintf(stderr, "FAILED: %s\nreplay with --seed %llu --rounds 1\n", story.c_str(),
                 static_cast<unsigned long long>(current_round_seed.load()));
    std::fflush(stderr);
    std::abort();
}

inline void require(bool holds, const std::string& claim) {
    if (!holds) stress_failed(claim);
}

template <class A, class B>
void require_equal(const A& left, const B& right, std::string_view claim) {
    if (left == right) return;
    stress_failed(std::string{claim} + ": " + std::to_string(left) + " and " +
                  std::to_string(right));
}

// Ends the program with a dump if nothing has moved for a long time: a wake was lost.
class ProgressWatch {
public:
    static constexpr std::chrono::seconds patience{under_sanitizer ? 100 : 30};

    ProgressWatch() : thread_{[this](const std::stop_token& stop) { look(stop); }} {}

    // Something has moved.
    void step() noexcept { steps_.fetch_add(1, std::memory_order_relaxed); }
    // What is dumped; empty: nothing.
    void watch(std::function<std::string()> dump) {
        const std::lock_guard held(mutex_);
        dump_ = std::move(dump);
    }

private:
    void look(const std::stop_token& stop) {
        std::unique_lock held(mutex_);
        while (!stop.stop_requested()) {
            const std::uint64_t before = steps_.load();
            if (ended_.wait_for(held, stop, patience, [&] { return stop.stop_requested(); }))
                return;
            if (steps_.load() != before || !dump_) continue;
            std::fprintf(stderr, "nothing has moved for %lld s\n%s",
                         static_cast<long long>(patience.count()), dump_().c_str());
            stress_failed("it hangs");
        }
    }

    std::mutex mutex_;
    std::condition_variable_any ended_;
    std::function<std::string()> dump_;  // guarded by mutex_
    std::atomic<std::uint64_t> steps_{0};
    std::jthread thread_;
};

inline ProgressWatch& progress() {
    static ProgressWatch watch;
    return watch;
}

// Of what has happened.
using Count = std::atomic<std::uint64_t>;

// Goes where a function or a message goes: as many die as were born.
class Token {
public:
    Token() noexcept { alive.fetch_add(1); }
    Token(const Token&) noexcept { alive.fetch_add(1); }
    Token& operator=(const Token&) noexcept = default;
    ~Token() { alive.fetch_sub(1); }

    static inline std::atomic<std::int64_t> alive{0};
};

// What must be as before when a round is over.
inline std::size_t entries_of(const char* folder) {
    std::size_t count = 0;
    DIR* const opened = ::opendir(folder);
    if (opened == nullptr) return 0;
    while (::readdir(opened) != nullptr) ++count;
    ::closedir(opened);
    return count;
}
inline std::size_t open_descriptors() { return entries_of("/proc/self/fd"); }
inline std::size_t running_threads() { return entries_of("/proc/self/task"); }

// What a round must leave as it was: descriptors, threads, blocks of the library's allocator.
class Belongings {
public:
    Belongings() = default;

    void require_same() const {
        require_equal(open_descriptors(), descriptors_, "descriptors open");
        // The kernel lists a thread for a moment after it was joined.
        for (int look = 0; running_threads() != threads_; ++look) {
            require(look < 1'000'000, "no thread is left");
            std::this_thread::yield();
        }
        require_equal(blocks_out(), blocks_, "blocks alive");
    }

private:
    static std::size_t blocks_out() {
        detail::trim_blocks();
        return detail::block_stats().blocks_out;
    }

    const std::size_t descriptors_ = open_descriptors();
    const std::size_t threads_ = running_threads();
    const std::size_t blocks_ = blocks_out();
};

// Prints how often what has happened. After many rounds all of it must have: a stress that never
// raced shows nothing.
template <std::size_t count>
void print_figures(
    const std::pair<const char*, const std::atomic<std::uint64_t>*> (&figures)[count],
    std::uint64_t rounds) {
    for (const auto& [what, figure] : figures) {
        std::printf("%-16s %llu\n", what, static_cast<unsigned long long>(figure->load()));
    }
    constexpr std::uint64_t many = 50;
    for (const auto& [what, figure] : figures) require(rounds < many || figure->load() > 0, what);
}

// Plays rounds until the time is over: `round(seed)`. Returns how many.
template <class Round>
std::uint64_t play_rounds(const StressPlan& plan, Round round) {
    std::printf("--seed %llu\n", static_cast<unsigned long long>(plan.seed));
    std::fflush(stdout);
    const auto end = std::chrono::steady_clock::now() + plan.time;
    std::uint64_t played = 0;
    for (std::uint64_t seed = plan.seed;
         played < plan.rounds_max && (played == 0 || std::chrono::steady_clock::now() < end);
         ++seed, ++played) {
        current_round_seed.store(seed);
        progress().step();
        round(seed);
    }
    progress().watch({});
    std::printf("%llu rounds\n", static_cast<unsigned long long>(played));
    return played;
}

// The whole of a program whose rounds are `Round{seed}.play()` and leave everything as it was.
template <class Round, std::size_t count>
void play_stress(
    int argc, char** argv,
    const std::pair<const char*, const std::atomic<std::uint64_t>*> (&figures)[count]) {
    const StressPlan plan = stress_plan(argc, argv);
    // What the library logs are failures, and here they are made by the thousand.
    set_log_hook([](LogLevel, std::string_view) {});
    const std::uint64_t rounds = play_rounds(plan, [](std::uint64_t seed) {
        const Belongings before;
        Round{seed}.play();
        before.require_same();
    });
    set_log_hook(nullptr);
    print_figures(figures, rounds);
}

}  // namespace greenroom::support
