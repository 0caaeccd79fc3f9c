// supervision_stress: a tree of supervisors and their children, which are told numbers and crash at
// random while plain threads tell them more.
//
// Property  What was told = what was handled + the messages that failed + dead letters: whoever was
//           restarted has lost none but that. No supervisor restarts more often than its rules
//           allow, and one that fails is restarted by its own. Nothing is left.
#include <greenroom/actors/system.hpp>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "support/stress.hpp"

namespace greenroom::stress {

namespace {

using namespace std::chrono_literals;
using support::Count;
using support::Random;
using support::require;
using support::require_equal;

struct Figures {
    Count told{0};
    Count handled{0};
    Count crashes{0};
    Count restarts{0};
    Count escalations{0};
    Count dead_letters{0};
};
Figures figures;

constexpr std::size_t supervisors = support::under_sanitizer ? 10 : 100;
constexpr std::size_t children_each = support::under_sanitizer ? 20 : 100;
constexpr std::uint64_t messages_a_round = support::under_sanitizer ? 20'000 : 400'000;
constexpr std::size_t threads = 3;

struct Item {};
struct Crash {};

class Worker;

// What a round counts, and whom its threads tell.
class World {
public:
    std::atomic<std::uint64_t> told{0};
    std::atomic<std::uint64_t> handled{0};
    std::atomic<std::uint64_t> failed{0};
    std::atomic<std::uint64_t> made{0};
    std::atomic<std::uint64_t> destroyed{0};
    std::atomic<std::uint64_t> supervisors_made{0};

    void put(std::size_t supervisor, std::vector<Ref<Worker>> children) {
        const std::lock_guard held(lock_);
        children_[supervisor] = std::move(children);
    }
    // Nobody, if that supervisor has not begun.
    Ref<Worker> any(Random& random) const {
        const std::lock_guard held(lock_);
        const auto& some = children_[random.below(children_.size())];
        return some.empty() ? Ref<Worker>{} : some[random.below(some.size())];
    }
    void clear() { children_.assign(supervisors, {}); }

private:
    mutable std::mutex lock_;
    std::vector<std::vector<Ref<Worker>>> children_{supervisors};
};

class Worker : public Actor {
public:
    explicit Worker(World& world) : world_{world} { world.made.fetch_add(1); }
    ~Worker() override { world_.destroyed.fetch_add(1); }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void on_restart(const ExitReason&) override { figures.restarts.fetch_add(1); }
    void on(Item) { world_.handled.fetch_add(1); }
    void on(Crash) {
        world_.failed.fetch_add(1);
        figures.crashes.fetch_add(1);
        throw std::runtime_error("as planned");
    }

private:
    World& world_;
};

class Supervising : public Actor {
public:
    Supervising(World& world, std::size_t number) : world_{world}, number_{number} {}

    void on_start() override {
        world_.supervisors_made.fetch_add(1);
        std::vector<Ref<Worker>> children;
        for (std::size_t i = 0; i < children_each; ++i) {
            children.push_back(supervise([&world = world_] { return Worker{world}; }));
        }
        world_.put(number_, std::move(children));
    }
    void on_restart(const ExitReason&) override {
        figures.escalations.fetch_add(1);
        on_start();
    }

private:
    World& world_;
    const std::size_t number_;
};

class Round {
public:
    explicit Round(std::uint64_t seed)
        : random_{seed}, system_{std::make_unique<System>(options())} {
        for (std::size_t i = 0; i < supervisors; ++i) start_one(i);
        support::progress().watch([this] { return system_->dump(); });
    }
    ~Round() { support::progress().watch({}); }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    void play() {
        {
            std::vector<std::jthread> tellers;
            for (std::size_t i = 0; i < threads; ++i) {
                tellers.emplace_back([this, seed = random_.next()] { tell(Random{seed}); });
            }
        }
        const StopReport report = system_->stop(StopPolicy::drain, Deadline::after(1min));
        require(report.survivors.empty(), "all end");
        settle();
    }

private:
    SystemOptions options() {
        SystemOptions all;
        all.runtime.workers = random_.of({2, 4, 8});
        all.supervision.restarts_max = 1'000'000;
        return all;
    }

    void start_one(std::size_t number) {
        ChildOptions child;
        Supervision& rules = child.actor.supervision;
        rules.strategy = random_.of({Strategy::one_for_one, Strategy::one_for_one,
                                     Strategy::rest_for_one, Strategy::all_for_one});
        rules.restarts_max = random_.of<std::size_t>({3, 50, 1'000'000});
        if (random_.one_in(4)) rules.backoff.first = 100us;
        system_->supervise([&world = world_, number] { return Supervising{world, number}; }, child);
    }

    void tell(Random random) {
        while (world_.told.fetch_add(1) < messages_a_round) {
            const Ref<Worker> whom = world_.any(random);
            if (!whom) {
                world_.told.fetch_sub(1);
                std::this_thread::yield();
            } else if (random.one_in(500)) {
                whom.tell(Crash{});
            } else {
                whom.tell(Item{});
            }
        }
        world_.told.fetch_sub(1);
    }

    void settle() {
        const SystemStats stats = system_->stats();
        require_equal(world_.told.load(),
                      world_.handled.load() + world_.failed.load() + stats.dead_letters,
                      "what was told, and what became of it");
        figures.told.fetch_add(world_.told.load());
        figures.handled.fetch_add(world_.handled.load());
        figures.dead_letters.fetch_add(stats.dead_letters);
        support::progress().watch({});
        world_.clear();
        system_.reset();
        require_equal(world_.made.load(), world_.destroyed.load(), "workers");
    }

    Random random_;
    World world_;
    std::unique_ptr<System> system_;
};

}  // namespace

}  // namespace greenroom::stress

int main(int argc, char** argv) {
    using namespace greenroom::stress;
    greenroom::support::play_stress<Round>(argc, argv,
                                           {{"told", &figures.told},
                                            {"handled", &figures.handled},
                                            {"crashes", &figures.crashes},
                                            {"restarts", &figures.restarts},
                                            {"escalations", &figures.escalations},
                                            {"dead letters", &figures.dead_letters}});
}
