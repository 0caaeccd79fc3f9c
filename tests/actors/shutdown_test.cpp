// The end of a whole system, at any moment of its work: it comes, and nothing is left.
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;

class ShutdownTest : public support::OnSystems {};
GREENROOM_ON_ALL_RUNTIMES(ShutdownTest);

// As many die as were born.
class Token {
public:
    explicit Token(std::atomic<int>& alive) : alive_{&alive} { ++*alive_; }
    Token(const Token& other) : alive_{other.alive_} { ++*alive_; }
    Token& operator=(const Token&) = delete;
    ~Token() { --*alive_; }

private:
    std::atomic<int>* alive_;
};

class Busy;

// What the actors of one system share.
struct Load {
    std::atomic<int>& tokens;  // in messages, which may live as long as the runtime
    std::atomic<int> actors{0};
    std::atomic<std::uint64_t> handled{0};
    std::atomic<bool> is_over{false};
    std::vector<Ref<Busy>> peers{};
};

struct Work {
    Token token;
    int left;  // how many times it leads to more
};
struct Question {
    Token token;
};
struct Tick {
    Token token;
};

std::uint32_t choose(std::uint32_t count) {
    return detail::choose_number(*detail::current_core(), count);
}

// Does what actors do.
class Busy : public Actor {
public:
    explicit Busy(Load& load) : load_{load}, token_{load.actors} {}

    void on(const Work& work) {
        ++load_.handled;
        if (work.left > 0) do_something(work.left - 1);
    }
    int on(const Question&) {
        ++load_.handled;
        if (choose(4) == 0) sleep_for(1ms);
        return 1;
    }
    void on(const Tick&) { ++ticks_; }
    void on_stop(const ExitReason&) override {
        if (choose(4) == 0) sleep_for(1ms);
    }

private:
    Work more(int left) { return {Token{load_.tokens}, left}; }
    const Ref<Busy>& any() {
        return load_.peers[choose(static_cast<std::uint32_t>(load_.peers.size()))];
    }

    void do_something(int left) {
        switch (choose(10)) {
            case 0: return spawn<Busy>(load_).tell(more(left));
            case 1: return supervise([&load = load_] { return Busy{load}; }).tell(more(left));
            case 2: return sleep_for(std::chrono::milliseconds{choose(5)});
            case 3: return ask_somebody();
            case 4: return fail_now_and_then();
            case 5: (void)any().tell_later(1ms, more(left)); return;
            case 6: timer_ = start_periodic_timer(this, 1ms, Tick{Token{load_.tokens}}); return;
            default: break;
        }
        any().tell(more(left));
        any().tell(more(left));
    }

    static void fail_now_and_then() {
        if (choose(8) == 0) throw std::runtime_error("as planned");
    }
    void ask_somebody() {
        try {
            any().ask(Question{Token{load_.tokens}}, choose(2) == 0 ? 1ms : 10s);
        } catch (const Error&) {
        }
    }

    Load& load_;
    const Token token_;
    ActorTimer timer_;
    int ticks_ = 0;
};

void pause_somewhat() {
    for (std::uint32_t n = choose(100); n > 0; --n) yield();
    if (choose(2) == 0) sleep_for(std::chrono::milliseconds{choose(20)});
}

// Until the system has ended.
void feed(Load& load) {
    while (!load.is_over) {
        load.peers[choose(8)].tell(Work{Token{load.tokens}, 5});
        choose(16) == 0 ? sleep_for(1ms) : yield();
    }
}

void fill(SystemStage& stage, Load& load) {
    stage
        .spawn([&] {
            for (int i = 0; i < 8; ++i) {
                ActorOptions chosen;
                if (choose(2) == 0) {
                    chosen.mailbox = {.bound = 2, .when_full = WhenFull::suspend_sender};
                }
                chosen.supervision.restarts_max = choose(2) == 0 ? 2 : 1'000;
                load.peers.push_back(choose(2) == 0
                                         ? stage.system.spawn_with<Busy>(chosen, load)
                                         : stage.system.supervise([&load] { return Busy{load}; },
                                                                  {.actor = chosen}));
            }
        })
        .get();
}

}  // namespace

TEST_P(ShutdownTest, AtAnyMomentOfItsWorkASystemEndsAndNothingIsLeft) {
    std::atomic<int> tokens{0};
    std::atomic<int> at_work{0};
    std::atomic<int> late{0};
    int plays = 0;
    SystemOptions options = support::with_grace(10ms);
    options.supervision.restarts_max = 1'000;
    const auto body = [&](SystemStage& stage) {
        EXPECT_EQ(tokens, 0);  // of the system before
        Load load{tokens};
        fill(stage, load);
        std::vector<Task<void>> feeding;
        for (int i = 0; i < 3; ++i) {
            feeding.push_back(stage.spawn([&load] { feed(load); }));
        }
        stage.spawn(&pause_somewhat).get();
        const std::uint64_t before = load.handled;
        const StopPolicy policy = ++plays % 2 == 0 ? StopPolicy::drain : StopPolicy::now;
        const Duration time = plays % 3 == 1 ? 0ms : 1h;
        StopReport report = stage.system.stop(policy, Deadline::after(time));
        at_work += load.handled > before ? 1 : 0;
        late += report.clean ? 0 : 1;
        // A machine that has no time for us may leave its last chance unused.
        while (!stage.simulated && !report.survivors.empty()) {
            report = stage.system.stop(StopPolicy::now, Deadline::after(1s));
        }
        EXPECT_TRUE(report.survivors.empty());
        load.is_over = true;
        for (auto& task : feeding) task.get();
        EXPECT_EQ(stage.system.stats().actors, 0u);
        EXPECT_EQ(load.actors, 0);
        EXPECT_LE(stage.runtime.all_tasks().size(), 1u);  // the system's own
        load.peers.clear();
    };
    play_until([&] { return at_work > 0 && late > 0; }, body, options, 50);
    EXPECT_EQ(tokens, 0);
    EXPECT_GT(at_work, 0);
    EXPECT_GT(late, 0);
}

}  // namespace greenroom
