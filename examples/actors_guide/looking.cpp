// Looking into one actor: what it does, what it says, what it was told; and counts by class.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/sleep.hpp>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Add {
    int count;
};
struct Count {
    Event& begun;
};
struct Lose {};

// [on_inspect]
class Store : public Actor {
public:
    void on(Add add) { stock_ += add.count; }
    void on(const Count& count) {
        count.begun.set();
        sleep_for(1h);
    }
    void on(Lose) { throw std::runtime_error("nothing left"); }

protected:
    std::string on_inspect() const override { return "stock " + std::to_string(stock_); }

private:
    int stock_ = 0;
};
// [end]

void inspect_one() {
    Event begun;
    System system;
    const Ref<Store> store = system.spawn_with<Store>({.mailbox = {.bound = 100}});
    store.tell(Count{begun});
    begun.wait();
    store.tell(Add{1});
    std::string line;
    const auto waits = [&] {
        // [inspect]
        const ActorReport report = system.inspect(store);  // does not wait for the store
        if (report.state == ActorState::waiting) line = to_string(report);
        // [end]
        return report.state == ActorState::waiting && report.queued == 1;
    };
    wait_until(waits, "it is told as waiting");
    expect(contains(line, "waits for sleep at ") && contains(line, "1 queued"), "for what");
    expect(contains(line, "looking.cpp"), "and where");
    store.kill();
}

void ask_one_for_its_state() {
    System system;
    const Ref<Store> store = system.spawn<Store>();
    store.tell(Add{3});
    wait_until([&] { return system.inspect(store).state == ActorState::idle; }, "it has it");
    // [inspect_state]
    const ActorReport report = system.inspect_state(store, Deadline::after(1s));
    const bool told = report.described == Described::told;  // it came to it in time
    const std::string& says = report.description;           // "stock 3"
    // [end]
    expect(told && says == "stock 3", "it says what it has");
}

void note_messages() {
    std::mutex lock;
    std::string lines;
    set_log_hook([&](LogLevel, std::string_view line) {
        const std::lock_guard held(lock);
        lines += line;
    });
    {
        System system;
        // [notes]
        const Ref<Store> store = system.spawn_with<Store>({.notes = 10});
        store.tell(Add{3});
        store.tell(Lose{});  // the log: "Store 1 failed: nothing left, in handling Lose (its last
                             // messages, the newest first: Lose, told; Add, told)"
        // [end]
        wait_until([&] { return store.has_ended(); }, "it has failed");
    }
    set_log_hook([](LogLevel, std::string_view) {});  // as main() has it
    expect(contains(lines, "Lose, told; ") && contains(lines, "Add, told)"), "the log has them");
}

void trace_one() {
    std::mutex lock;
    std::vector<std::string> lines;
    System system;
    const Ref<Store> store = system.spawn<Store>();
    wait_until([&] { return system.inspect(store).state == ActorState::idle; }, "it is idle");
    // [trace]
    system.trace(store, [&](const TracedMessage& traced) {  // without a function: to the log
        const std::lock_guard held(lock);
        lines.push_back(to_string(traced));  // "Store 1: Add, told: handled in 2 us"
    });
    store.tell(Add{3});
    // [end]
    wait_until([&] { return system.inspect(store).state == ActorState::idle; }, "it is done");
    // [untrace]
    const TraceCounts counts = system.untrace(store);
    // [end]
    expect(counts.told == 1 && contains(lines.at(0), "Add, told: handled in "), "it was told");
}

void count_by_class() {
    // [class_stats]
    SystemOptions options;
    options.class_stats = true;
    System system{options};
    const Ref<Store> store = system.spawn<Store>();
    store.tell(Add{3});
    // [end]
    const auto handled = [&] { return system.class_stats().at(0).messages == 1; };
    wait_until(handled, "it is counted");
    // [class_stats_of]
    for (const ClassStats& stats : system.class_stats()) {
        expect(stats.live == 1 && stats.failed == 0 && stats.messages == 1, stats.name.c_str());
    }
    // [end]
}

}  // namespace

std::vector<Snippet> looking_snippets() {
    return {
        {"inspect_one", inspect_one},       {"ask_one_for_its_state", ask_one_for_its_state},
        {"note_messages", note_messages},   {"trace_one", trace_one},
        {"count_by_class", count_by_class},
    };
}
