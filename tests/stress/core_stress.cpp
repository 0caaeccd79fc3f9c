// core_stress: tasks of two runtimes and plain threads, all at once, do random things with every
// primitive of core: wait, select, give up, are cancelled, spawn, join, gather, drop, detach, have
// timers, block, close.
//
// Property  What went in = what came out + what is still inside, for permits, items and functions;
//           one owner at a time; nobody waits for ever; and when the runtimes have ended, also in
//           the middle of it all, no descriptor, no thread and no block is left.
#include <greenroom/core/channel.hpp>

#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "core_agent.hpp"

namespace greenroom::stress {

namespace {

using support::Random;

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t operations_a_round = 2'000;
#else
constexpr std::int64_t operations_a_round = 20'000;
#endif

RuntimeOptions random_options(Random& random) {
    RuntimeOptions options;
    options.workers = random.of({1, 2, 3, 8});
    options.blocking.threads_max = 1 + random.below(4U);
    options.blocking.idle_max = random.of<Duration>({1ms, 10s});
    return options;
}

class Round {
public:
    explicit Round(std::uint64_t seed)
        : random_{seed},
          dies_at_work_{random_.one_in(3)},
          world_{operations_a_round / (dies_at_work_ ? 1 + random_.below(8) : 1)} {
        runtimes_[0] = std::make_unique<Runtime>(random_options(random_));
        // Who outlives a runtime may not name it: then there is one only.
        if (!dies_at_work_) runtimes_[1] = std::make_unique<Runtime>(random_options(random_));
        support::progress().watch([this] { return dump(); });
    }
    ~Round() { support::progress().watch({}); }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    void play() {
        std::vector<Task<void>> drains = start_drains();
        std::vector<Task<void>> agents = start_agents();
        std::vector<std::jthread> threads = start_threads();
        world_.over.wait();
        bool discarded_some = false;
        if (dies_at_work_) {
            threads.clear();
            detach_all(agents);
            detach_all(drains);
        } else {
            discarded_some = close_all();
            threads.clear();
            end_all(agents);
            end_all(drains);
            // Detached children, and what blocking_detached() runs, may still be at it.
            while (Token::alive.load() != 0) std::this_thread::yield();
        }
        for (const auto& runtime : runtimes_) count_steals(runtime.get());
        support::progress().watch({});
        for (auto& runtime : runtimes_) runtime.reset();
        world_.settle(discarded_some);
    }

private:
    Runtimes names() const {
        return {*runtimes_[0], runtimes_[1] == nullptr ? *runtimes_[0] : *runtimes_[1]};
    }

    std::vector<Task<void>> start_drains() {
        std::vector<Task<void>> drains;
        for (Post* post : {&world_.rendezvous, &world_.narrow, &world_.wide}) {
            drains.push_back(spawn(*runtimes_[0],
                                   [this, post, token = Token{}] {
                                       Agent{world_, names(), 0, 0}.drain(*post);
                                   },
                                   {.name = "drain"}));
        }
        return drains;
    }

    std::vector<Task<void>> start_agents() {
        std::vector<Task<void>> agents;
        for (std::uint64_t count = 4 + random_.below(60U); count > 0; --count) {
            const auto names = this->names();
            agents.push_back(spawn(random_.one_in(2) ? names.first : names.second,
                                   [this, names, seed = random_.next(), token = Token{}] {
                                       Agent agent{world_, names, seed, 0};
                                       dies_at_work_ ? agent.work_for_ever()
                                                     : agent.work(UINT64_MAX);
                                   },
                                   {.name = "agent"}));
        }
        return agents;
    }

    std::vector<std::jthread> start_threads() {
        std::vector<std::jthread> threads;
        for (int count = random_.below(4); count > 0; --count) {
            threads.emplace_back([this, seed = random_.next()] {
                Agent{world_, names(), seed, 1}.work(UINT64_MAX);
            });
        }
        return threads;
    }

    bool close_all() {
        bool discarded = false;
        for (Post* post : {&world_.rendezvous, &world_.narrow, &world_.wide}) {
            if (random_.one_in(2)) {
                post->channel.close();
            } else {
                const std::size_t count = post->channel.close_and_discard();
                post->discarded.fetch_add(count);
                discarded = discarded || count > 0;
            }
        }
        return discarded;
    }

    void end_all(std::vector<Task<void>>& tasks) {
        for (auto& task : tasks) {
            if (random_.one_in(3)) task.cancel();
        }
        for (auto& task : tasks) {
            try {
                task.get();
            } catch (const Error& error) {
                require(error.code() == Errc::cancelled, error.what());
                figures.cancelled.fetch_add(1);
            }
        }
    }
    static void detach_all(std::vector<Task<void>>& tasks) {
        for (auto& task : tasks) task.detach();
    }

    static void count_steals(const Runtime* runtime) {
        if (runtime == nullptr) return;
        for (const WorkerStats& worker : runtime->stats().workers) {
            figures.steals.fetch_add(worker.steals);
        }
    }

    std::string dump() const {
        std::string text;
        for (const auto& runtime : runtimes_) {
            if (runtime != nullptr) text += "a runtime:\n" + runtime->dump();
        }
        for (const Post* post : {&world_.rendezvous, &world_.narrow, &world_.wide}) {
            text += "a channel with " + std::to_string(post->channel.size()) + " items\n";
        }
        return text;
    }

    Random random_;
    const bool dies_at_work_;  // the runtime ends while tasks are at it
    World world_;
    std::unique_ptr<Runtime> runtimes_[2];
};

}  // namespace

}  // namespace greenroom::stress

int main(int argc, char** argv) {
    using namespace greenroom::stress;
    greenroom::support::play_stress<Round>(argc, argv,
                                           {{"operations", &figures.operations},
                                            {"cancelled", &figures.cancelled},
                                            {"expired", &figures.expired},
                                            {"failed tasks", &figures.failed_tasks},
                                            {"blocking calls", &figures.blocking_calls},
                                            {"selects", &figures.selects},
                                            {"timers", &figures.timers},
                                            {"steals", &figures.steals}});
}
