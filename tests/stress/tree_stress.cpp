// tree_stress: one tree of 10,000 supervised actors lives the whole time, while plain threads tell
// its leaves numbers and have them crash at random.
//
// Property  Whoever is healthy loses nothing: of a leaf that lives at the end, what it was told is
//           what it has handled and its crashes; of those that went down with their supervisor,
//           what is left is dead letters. A supervisor restarts no more often than its rules
//           allow, and fails no earlier. At the end all 10,000 are there, and the process has no
//           more memory than after a quarter of the time.
#include <algorithm>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/sleep.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "support/memory.hpp"
#include "support/stress.hpp"

namespace greenroom::stress {

namespace {

using namespace std::chrono_literals;
using support::Count;
using support::Random;
using support::require;
using support::require_equal;

constexpr std::size_t supervisors = support::under_sanitizer ? 9 : 99;
constexpr std::size_t leaves_each = support::under_sanitizer ? 20 : 100;
constexpr std::size_t actors = 1 + supervisors * (1 + leaves_each);
constexpr std::size_t tellers = 2;
constexpr std::size_t unlimited = 1'000'000'000;
constexpr unsigned crash_one_in = 1'000;
constexpr double mebibyte = 1024.0 * 1024.0;

struct Figures {
    Count told{0};
    Count handled{0};
    Count crashes{0};
    Count restarts{0};        // of leaves, for failures of their own
    Count restarts_along{0};  // for a sibling's
    Count escalations{0};
    Count dead_letters{0};
};
Figures figures;

// ---- What is counted

// Of one leaf, over its restarts.
class Ledger {
public:
    Ledger() = default;
    // Nobody has a part in it any more: what is left was never handled.
    ~Ledger() { left_unhandled.fetch_add(unsettled()); }
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;

    std::uint64_t unsettled() const {
        const std::uint64_t out = handled.load() + crashed.load();  // before what was told
        return told.load() - out;
    }

    Count told{0};
    Count handled{0};
    Count crashed{0};

    static inline Count left_unhandled{0};
};

// Of one object of a supervisor.
struct Life {
    Life(std::size_t most, bool each_counts) : restarts_max{most}, counts_each{each_counts} {}
    const std::size_t restarts_max;
    // Where one failure restarts several, another that fails meanwhile does not count.
    const bool counts_each;
    Count crashes{0};
    Count restarts{0};
};

// ---- The tree

struct Item {};
struct Crash {};

class Leaf : public Actor {
public:
    Leaf(std::shared_ptr<Ledger> ledger, std::shared_ptr<Life> life)
        : ledger_{std::move(ledger)}, life_{std::move(life)} {}

    void on_restart(const ExitReason& why) override {
        if (!why.is_failure()) {
            figures.restarts_along.fetch_add(1);
            return;
        }
        figures.restarts.fetch_add(1);
        require(life_->restarts.fetch_add(1) < life_->restarts_max || !life_->counts_each,
                "a supervisor restarts no more often than its rules allow");
    }
    void on(Item) { ledger_->handled.fetch_add(1); }
    void on(Crash) {
        ledger_->crashed.fetch_add(1);
        life_->crashes.fetch_add(1);
        figures.crashes.fetch_add(1);
        throw std::runtime_error("as planned");
    }

private:
    const std::shared_ptr<Ledger> ledger_;
    const std::shared_ptr<Life> life_;
};

struct Place {
    Ref<Leaf> leaf;
    std::shared_ptr<Ledger> ledger;
};

// Whom the tellers tell: the leaves of each supervisor.
class Places {
public:
    void put(std::size_t supervisor, std::vector<Place> leaves) {
        const std::lock_guard held(lock_);
        leaves_[supervisor].swap(leaves);
    }  // lets go of the old ones
    // Nobody, if that supervisor has not begun.
    Place any(Random& random) const {
        const std::lock_guard held(lock_);
        const auto& some = leaves_[random.below(leaves_.size())];
        return some.empty() ? Place{} : some[random.below(some.size())];
    }
    std::uint64_t unsettled() const {
        const std::lock_guard held(lock_);
        std::uint64_t sum = 0;
        for (const auto& some : leaves_) {
            for (const Place& place : some) sum += place.ledger->unsettled();
        }
        return sum;
    }
    std::vector<Place> take_all() {
        const std::lock_guard held(lock_);
        std::vector<Place> all;
        for (auto& some : leaves_) {
            all.insert(all.end(), some.begin(), some.end());
            some.clear();
        }
        return all;
    }

private:
    mutable std::mutex lock_;
    std::vector<std::vector<Place>> leaves_{supervisors};
};

class Supervisor : public Actor {
public:
    Supervisor(Places& places, std::size_t number, std::shared_ptr<Life>& life,
               std::size_t restarts_max, bool counts_each)
        : places_{places},
          number_{number},
          life_{life},
          restarts_max_{restarts_max},
          counts_each_{counts_each} {}

    void on_start() override {
        life_ = std::make_shared<Life>(restarts_max_, counts_each_);
        ChildOptions options;
        options.actor.mailbox = {.bound = 16, .when_full = WhenFull::suspend_sender};
        std::vector<Place> leaves;
        for (std::size_t i = 0; i < leaves_each; ++i) {
            auto ledger = std::make_shared<Ledger>();
            auto make = [ledger, life = life_] { return Leaf{ledger, life}; };
            leaves.push_back({supervise(std::move(make), options), ledger});
        }
        places_.put(number_, std::move(leaves));
    }
    void on_restart(const ExitReason&) override {
        require(life_->crashes.load() > life_->restarts_max,
                "a supervisor fails no earlier than its rules say");
        figures.escalations.fetch_add(1);
        on_start();
    }

private:
    Places& places_;
    const std::size_t number_;
    std::shared_ptr<Life>& life_;  // of the object before, until on_start
    const std::size_t restarts_max_;
    const bool counts_each_;
};

class Root : public Actor {
public:
    Root(Places& places, Random random) : places_{places}, random_{random} {}

    void on_start() override {
        lives_.resize(supervisors);
        for (std::size_t number = 0; number < supervisors; ++number) start_one(number);
    }

private:
    void start_one(std::size_t number) {
        ChildOptions options;
        Supervision& rules = options.actor.supervision;
        rules.strategy = random_.of({Strategy::one_for_one, Strategy::one_for_one,
                                     Strategy::rest_for_one, Strategy::all_for_one});
        rules.restarts_max = random_.of<std::size_t>({20, 200, unlimited});
        // So long that a count tells whether the limit is kept; else the times are soon forgotten.
        rules.within = rules.restarts_max == unlimited ? 1s : Duration{1'000h};
        if (random_.one_in(2)) rules.backoff = {.first = 100us, .max = 1ms};
        auto make = [&places = places_, number, &life = lives_[number], most = rules.restarts_max,
                     counts_each = rules.strategy == Strategy::one_for_one] {
            return Supervisor{places, number, life, most, counts_each};
        };
        (void)supervise(std::move(make), options);
    }

    Places& places_;
    Random random_;
    std::vector<std::shared_ptr<Life>> lives_;
};

// ---- The time that it lives

class Tree {
public:
    explicit Tree(std::uint64_t seed)
        : random_{seed},
          system_{std::make_unique<System>(SystemOptions{.runtime = {.workers = 4}})} {
        ActorOptions options;
        options.supervision.restarts_max = unlimited;
        options.supervision.within = 1s;
        system_->spawn_with<Root>(options, places_, Random{random_.next()});
        support::progress().watch([this] { return system_->dump(); });
        until_whole();
    }
    ~Tree() { support::progress().watch({}); }
    Tree(const Tree&) = delete;
    Tree& operator=(const Tree&) = delete;

    void live(std::chrono::seconds time) {
        std::vector<double> resident;
        {
            std::vector<std::jthread> telling;
            for (std::size_t i = 0; i < tellers; ++i) {
                telling.emplace_back([this, seed = random_.next()](const std::stop_token& stop) {
                    tell(stop, Random{seed});
                });
            }
            const auto end = std::chrono::steady_clock::now() + time;
            while (std::chrono::steady_clock::now() < end) {
                sleep_for(250ms);
                resident.push_back(support::resident_bytes());
            }
        }
        while (places_.unsettled() > 0) std::this_thread::yield();
        until_whole();
        settle();
        judge(resident);
    }

private:
    void until_whole() const {
        while (system_->stats().actors != actors) std::this_thread::yield();
    }

    void tell(const std::stop_token& stop, Random random) {
        while (!stop.stop_requested()) {
            const Place place = places_.any(random);
            if (!place.leaf) continue;
            place.ledger->told.fetch_add(1);
            if (figures.told.fetch_add(1) % 1'024 == 0) support::progress().step();
            // Where the mailbox is full, it waits for room.
            random.one_in(crash_one_in) ? place.leaf.tell(Crash{}) : place.leaf.tell(Item{});
        }
    }
    void settle() {
        std::vector<Place> healthy = places_.take_all();
        require_equal(healthy.size(), supervisors * leaves_each, "leaves");
        for (const Place& place : healthy) {
            const Ledger& its = *place.ledger;
            require_equal(its.told.load(), its.handled.load() + its.crashed.load(),
                          "what a healthy one was told, and what it has handled");
        }
        const auto report = system_->stop(StopPolicy::drain, Deadline::after(1min));
        require(report.survivors.empty(), "all end");
        figures.dead_letters.fetch_add(system_->stats().dead_letters);
        support::progress().watch({});
        healthy.clear();
        system_.reset();
        require_equal(figures.dead_letters.load(), Ledger::left_unhandled.load(),
                      "dead letters, and what those left that went down with their supervisor");
        figures.handled.store(figures.told.load() - figures.crashes.load() -
                              figures.dead_letters.load());
    }

    // Flat: what it has at most in the last quarter is what it had in the second one.
    static void judge(const std::vector<double>& resident) {
        constexpr std::size_t few = 80;  // 20 s: before that it still grows into its caches
        const auto quarter = static_cast<std::ptrdiff_t>(resident.size() / 4);
        if (quarter == 0) return;
        const auto most = [&](std::ptrdiff_t from) {
            const auto begin = resident.begin() + from * quarter;
            return *std::max_element(begin, begin + quarter);
        };
        std::printf("%.1f MiB resident at most in the second quarter, %.1f in the last\n",
                    most(1) / mebibyte, most(3) / mebibyte);
        const bool can_say = resident.size() >= few && !support::under_sanitizer;
        require(!can_say || most(3) <= 1.05 * most(1) + 4 * mebibyte, "the memory is flat");
    }

    Random random_;
    Places places_;
    std::unique_ptr<System> system_;
};

}  // namespace

}  // namespace greenroom::stress

int main(int argc, char** argv) {
    using namespace greenroom::stress;
    namespace support = greenroom::support;
    const support::StressPlan plan = support::stress_plan(argc, argv);
    std::printf("--seed %llu, a tree of %zu actors for %lld s\n",
                static_cast<unsigned long long>(plan.seed), actors,
                static_cast<long long>(plan.time.count()));
    support::current_round_seed.store(plan.seed);
    // What the library logs are failures, and here they are made by the thousand.
    greenroom::set_log_hook([](greenroom::LogLevel, std::string_view) {});
    support::progress().step();  // its thread is none of the tree's
    {
        const support::Belongings before;
        Tree{plan.seed}.live(plan.time);
        before.require_same();
    }
    greenroom::set_log_hook(nullptr);
    constexpr std::uint64_t all_must_have_happened = 50;
    support::print_figures({{"told", &figures.told},
                            {"handled", &figures.handled},
                            {"crashes", &figures.crashes},
                            {"restarts", &figures.restarts},
                            {"restarts along", &figures.restarts_along},
                            {"escalations", &figures.escalations},
                            {"dead letters", &figures.dead_letters}},
                           plan.time >= std::chrono::seconds{20} ? all_must_have_happened : 0);
}
