// actors_stress: plain threads, tasks and the actors themselves tell, ask, spawn, watch, name, stop
// and kill actors of two systems at random, with mailboxes of every policy; some rounds end by a
// shutdown under load.
//
// Property  What was sent = what was handled + dead letters + dropped + expired; each ask ends
//           once, with its own answer; each watcher gets one Down for each watch, after all that
//           the dead actor had sent it; handlers run one at a time between on_start and on_stop,
//           each of which runs once at most; nobody waits for ever; no actor, message, name,
//           descriptor or thread is left.
#include <thread>

#include "actors_node.hpp"
#include "system_core.hpp"

namespace greenroom::stress {

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::int64_t operations_a_round = 1'500;
#else
constexpr std::int64_t operations_a_round = 15'000;
#endif

SystemOptions random_options(Random& random) {
    SystemOptions options;
    options.runtime.workers = random.of({1, 2, 3, 8});
    options.grace = random.of<Duration>({0ms, 1ms, 50ms, 5s});
    return options;
}

// From outside of the actors: a plain thread or a task.
class Driver {
public:
    Driver(World& world, std::uint64_t seed) : world_{world}, sender_{world, seed, 0} {}

    void work() {
        while (world_.begin_operation()) operate();
    }

private:
    Random& random() noexcept { return sender_.random(); }
    System& any_system() { return *world_.systems[random().below(world_.systems.size())]; }
    static std::string name(unsigned number) { return "n" + std::to_string(number); }

    void operate() {
        const Contact contact = world_.contact(random());
        switch (random().below(40)) {
            case 0: return watch(contact);
            case 1: return end(contact);
            case 2: return give_name(contact);
            case 3:
            case 4: return find();
            case 5:
            case 6: return make();
            case 7: return yield();
            default: break;
        }
        if (random().one_in(3)) {
            sender_.ask(contact, random().of<Duration>({0ms, 1ms, 3ms, 10s}));
        } else {
            sender_.tell(contact);
        }
    }

    void make() {
        System& system = any_system();
        make_node(
            world_, random(), 0,
            [&](const ActorOptions& options, std::uint64_t seed, std::uint32_t rank, int depth) {
                return system.spawn_with<Node>(options, world_, seed, rank, depth);
            });
    }

    void watch(const Contact& contact) {
        if (!contact.node) return;
        const Ref<Watcher>& watcher =
            world_.watcher_in(contact.node.cell()->system().facade(), random());
        sender_.tell_always(watcher, Watch{contact.node, contact.node.id()});
    }

    void end(const Contact& contact) {
        if (!contact.node) return;
        switch (random().below(3)) {
            case 0: return contact.node.stop();
            case 1: return contact.node.stop_when_drained();
            default: return contact.node.kill();
        }
    }

    void give_name(const Contact& contact) {
        if (!contact.node) return;
        try {
            contact.node.cell()->system().facade().register_name(name(random().below(8U)),
                                                                 contact.node);
        } catch (const ActorStopped&) {
        } catch (const Error& error) {
            require(error.code() == Errc::name_taken, error.what());
        }
    }

    void find() {
        System& system = any_system();
        const std::string wanted = name(random().below(8U));
        try {
            switch (random().below(4)) {
                case 0: require(bool{system.find<Node>(wanted)}, "what is found is there"); break;
                case 1: (void)system.find_before<Node>(wanted, Deadline::after(1ms)); break;
                case 2: (void)system.unregister_name(wanted); break;
                default: (void)system.names(); break;
            }
        } catch (const Error& error) {
            require(error.code() == Errc::not_found || error.code() == Errc::stopping,
                    error.what());
        }
    }

    World& world_;
    Sender sender_;
};

class Round {
public:
    explicit Round(std::uint64_t seed)
        : random_{seed},
          ends_under_load_{random_.one_in(2)},
          world_{operations_a_round},
          first_{std::make_unique<System>(random_options(random_))},
          second_{std::make_unique<System>(random_options(random_))} {
        world_.systems = {first_.get(), second_.get()};
        for (int i = 0; i < 4; ++i) {
            System& system = *world_.systems[random_.below(2U)];
            world_.watchers.push_back(system.spawn<Watcher>(world_));
        }
        support::progress().watch([this] { return first_->dump() + second_->dump(); });
    }
    ~Round() { support::progress().watch({}); }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    void play() {
        {
            std::vector<std::jthread> threads;
            for (int count = 1 + random_.below(3); count > 0; --count) {
                threads.emplace_back([this, seed = random_.next()] {
                    Driver{world_, seed}.work();
                });
            }
            Runtime runtime{{.workers = 2}};
            std::vector<Task<void>> tasks;
            for (int count = random_.below(6); count > 0; --count) {
                tasks.push_back(spawn(runtime, [this, seed = random_.next()] {
                    Driver{world_, seed}.work();
                }));
            }
            if (ends_under_load_) stop_under_load();
            for (auto& task : tasks) task.get();
        }
        if (!ends_under_load_) end_nodes();
        end_all();
        settle();
    }

private:
    void stop_under_load() {
        while (world_.left.load() > operations_a_round / 2) std::this_thread::yield();
        for (System* system : world_.systems) {
            (void)system->stop(random_.of({StopPolicy::drain, StopPolicy::now}),
                               Deadline::after(random_.of<Duration>({0ms, 1ms, 20ms, 1s})));
        }
    }

    // The watchers live on, and hear of all that have ended.
    void end_nodes() {
        // Nodes that spawn put others in: until only the watchers are left.
        while (first_->stats().actors + second_->stats().actors > world_.watchers.size()) {
            for (const Contact& contact : world_.take_contacts()) {
                if (!contact.node) continue;
                random_.one_in(2) ? contact.node.stop_when_drained() : contact.node.kill();
            }
            std::this_thread::yield();
        }
        for (const Ref<Watcher>& watcher : world_.watchers) {
            require_equal(watcher.ask(Owed{}, 60s), std::uint64_t{0}, "Downs that never came");
            world_.sent.fetch_add(1);
            world_.handled.fetch_add(1);
        }
    }

    void end_all() {
        for (System* system : world_.systems) {
            StopReport report = system->stop(StopPolicy::drain, Deadline::after(10ms));
            // On a machine that has no time for us, its last chance may pass unused.
            while (!report.survivors.empty()) {
                report = system->stop(StopPolicy::now, Deadline::after(1s));
            }
            require_equal(system->stats().actors, std::uint64_t{0}, "actors alive");
        }
    }

    void settle() {
        std::uint64_t out = world_.handled.load();
        for (System* system : world_.systems) {
            const SystemStats stats = system->stats();
            out += stats.dead_letters + stats.dropped + stats.expired_asks;
            figures.dead_letters.fetch_add(stats.dead_letters);
            figures.dropped.fetch_add(stats.dropped);
            figures.late_answers.fetch_add(stats.late_answers);
            figures.expired_asks.fetch_add(stats.expired_asks);
        }
        const std::uint64_t sent = world_.sent.load();
        require(sent <= out && out <= sent + world_.perhaps_sent.load(),
                "messages: " + std::to_string(sent) + " sent and " +
                    std::to_string(world_.perhaps_sent.load()) + " perhaps; " +
                    std::to_string(out) + " accounted for");
        require_names_are_free();
        support::progress().watch({});
        world_.watchers.clear();
        (void)world_.take_contacts();
        if (random_.one_in(2)) std::swap(first_, second_);
        first_.reset();
        second_.reset();
        require_equal(world_.nodes_made.load(), world_.nodes_destroyed.load(), "nodes");
        // Who is stopped before its first turn has no on_start, but an on_stop.
        require(world_.starts.load() <= world_.stops.load(), "whoever started has stopped");
        require_equal(Token::alive.load(), std::int64_t{0}, "messages alive");
    }

    void require_names_are_free() {
        for (System* system : world_.systems) {
            for (unsigned i = 0; i < 8; ++i) {
                try {
                    (void)system->find<Node>("n" + std::to_string(i));
                    support::stress_failed("a name outlives its actor");
                } catch (const Error&) {
                }
            }
        }
    }

    Random random_;
    const bool ends_under_load_;
    World world_;
    std::unique_ptr<System> first_;
    std::unique_ptr<System> second_;
};

}  // namespace

}  // namespace greenroom::stress

int main(int argc, char** argv) {
    using namespace greenroom::stress;
    greenroom::support::play_stress<Round>(argc, argv,
                                           {{"messages", &figures.messages},
                                            {"answered", &figures.answered},
                                            {"timed out", &figures.timed_out},
                                            {"stopped", &figures.stopped},
                                            {"failed", &figures.failed},
                                            {"full", &figures.full},
                                            {"cancelled", &figures.cancelled},
                                            {"dropped", &figures.dropped},
                                            {"dead letters", &figures.dead_letters},
                                            {"downs", &figures.downs},
                                            {"late answers", &figures.late_answers},
                                            {"expired asks", &figures.expired_asks}});
}
