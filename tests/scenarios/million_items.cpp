// A million items through channels among a thousand fibers: none lost, none twice, each sender's in
// its order, and the memory is back afterwards.
//
// Channels of all three kinds, each with five senders and five receivers: rendezvous, bounded, and
// unbounded ones whose receivers begin when all has been sent: so there is memory to give back.
//
// Fails if an item is missing, comes twice or overtakes one of the same sender; if the memory had
// not grown; and if at the end it is more than 10 % above that of the start. That is the most
// that was left by rounds with fewer items: pools keep 14 to 16 MiB of free memory, by the huge
// page.
// Not under AddressSanitizer: the measure is of a program as users build it.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <vector>

#include "support/memory.hpp"
#include "support/require.hpp"

namespace {

using namespace greenroom;
using namespace std::chrono_literals;

constexpr int channel_count = 100;
constexpr int senders = 5;  // of each channel; and as many receivers
constexpr int items_at_once = 1'000'000;
constexpr int items_to_warm_up = 400'000;
constexpr int warm_up_rounds = 3;
constexpr double growth_max = 1.10;
constexpr double peak_min = 1.3;      // what the unbounded channels must have taken
constexpr Duration calm_moment = 1s;  // after some 20 ms (Monitor::calm_ticks) memory is given back
constexpr int calm_moments_max = 20;

struct Item {
    int sender;
    int number;
    std::array<char, 240> text;
};

Channel<Item> make_channel(int index) {
    if (index % 4 == 0) return Channel<Item>{unbounded};
    return Channel<Item>{index % 4 == 1 ? 0U : 16U};
}

// One channel, who uses it, and what has come out of it.
class Line {
public:
    Line(int index, int items_each)
        : begins_late_{index % 4 == 0}, items_each_{items_each}, channel_{make_channel(index)} {}

    void send(int sender) {
        for (int number = 0; number < items_each_; ++number) {
            channel_.send({sender, number, {}});
        }
        if (senders_left_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            channel_.close();
            all_sent_.set();
        }
    }
    void wait_until_all_sent() { all_sent_.wait(); }

    void receive() {
        if (begins_late_) late_begin_.wait();
        std::array<int, senders> last;
        last.fill(-1);
        for (const Item& item : channel_) {
            int& before = last[static_cast<std::size_t>(item.sender)];
            if (item.number <= before) overtaken_.store(true, std::memory_order_relaxed);
            before = item.number;
            came_.fetch_add(1, std::memory_order_relaxed);
            sum_.fetch_add(item.number, std::memory_order_relaxed);
        }
    }
    void let_late_ones_receive() { late_begin_.set(); }

    // After all have ended.
    void check() const {
        const std::int64_t each = items_each_;
        support::require(came_.load() == senders * each, "each item comes once");
        support::require(sum_.load() == senders * each * (each - 1) / 2,
                         "each item comes once, and whole");
        support::require(!overtaken_.load(), "no item overtakes one of its sender");
    }

private:
    const bool begins_late_;
    const int items_each_;
    Channel<Item> channel_;
    Event all_sent_;
    Event late_begin_;
    std::atomic<int> senders_left_{senders};
    std::atomic<std::int64_t> came_{0};
    std::atomic<std::int64_t> sum_{0};
    std::atomic<bool> overtaken_{false};
};

// Sends so many through all channels together; returns the most memory that was seen.
double play(Runtime& runtime, int items) {
    std::vector<std::unique_ptr<Line>> lines;
    for (int index = 0; index < channel_count; ++index) {
        lines.push_back(std::make_unique<Line>(index, items / (channel_count * senders)));
    }
    std::vector<Task<void>> tasks;
    for (const auto& line : lines) {
        for (int sender = 0; sender < senders; ++sender) {
            tasks.push_back(spawn(runtime, [&line = *line, sender] { line.send(sender); }));
            tasks.push_back(spawn(runtime, [&line = *line] { line.receive(); }));
        }
    }
    for (const auto& line : lines) line->wait_until_all_sent();
    const double peak = support::resident_bytes();
    for (const auto& line : lines) line->let_late_ones_receive();
    for (auto& task : tasks) task.get();
    for (const auto& line : lines) line->check();
    return peak;
}

}  // namespace

int main() {
    Runtime runtime{{.workers = 2}};
    double start = 0;
    for (int round = 0; round < warm_up_rounds; ++round) {
        play(runtime, items_to_warm_up);
        run(runtime, [] { sleep_for(calm_moment); });
        start = std::max(start, support::resident_bytes());
    }
    const double peak = play(runtime, items_at_once);
    for (int i = 0; i < calm_moments_max && support::resident_bytes() > growth_max * start; ++i) {
        run(runtime, [] { sleep_for(calm_moment); });
    }
    const double end = support::resident_bytes();
    std::printf("VmRSS %.1f MiB at the start, %.1f with a quarter inside, %.1f at the end\n",
                start / 1048576, peak / 1048576, end / 1048576);
    support::require(peak >= peak_min * start, "the items inside take memory");
    support::require(end <= growth_max * start, "the memory is back");
    return support::exit_status();
}
