// RunQueue and NewestSlot: an owner fills and empties them while two thieves steal.
//
// Property  Every entry is taken once, by the owner or by a thief.
#include "run_queue.hpp"

#include <vector>

#include "newest_slot.hpp"
#include "simulation/model/explore.hpp"

namespace greenroom::model {

namespace {

using detail::Mutant;
using detail::NewestSlot;
using detail::Runnable;
using detail::RunQueue;

struct Counted final : Runnable {
    void run(detail::Worker&) noexcept override {}
    int taken = 0;
};

class Taken {
public:
    explicit Taken(std::size_t count) : entries_(count) {}

    Counted& operator[](std::size_t i) { return entries_[i]; }
    void take(Runnable* entry) {
        if (entry == nullptr) return;
        require(++static_cast<Counted*>(entry)->taken == 1, "taken once at most");
    }
    void require_all() const {
        for (const Counted& entry : entries_) require(entry.taken == 1, "taken once");
    }

private:
    std::vector<Counted> entries_;
};

void play_ring(SimulatedMachine& machine) {
    constexpr std::size_t entries = 12;
    RunQueue ring;
    RunQueue robbed[2];
    Taken taken{entries};
    auto steals = [&](RunQueue& mine) {
        return [&] {
            for (int i = 0; i < 4; ++i) {
                taken.take(ring.steal_into(mine));
                if (i % 2 == 0) taken.take(mine.pop());
            }
        };
    };
    {
        auto first = machine.start("first thief", steals(robbed[0]));
        auto second = machine.start("second thief", steals(robbed[1]));
        for (std::size_t i = 0; i < entries; ++i) {
            while (!ring.push(taken[i])) {
                Runnable* half[RunQueue::half];
                const std::size_t count = ring.take_half(half);
                for (std::size_t j = 0; j < count; ++j) taken.take(half[j]);
            }
            if (i % 3 == 0) taken.take(ring.pop());
        }
    }
    for (RunQueue* queue : {&ring, &robbed[0], &robbed[1]}) {
        while (!queue->looks_empty()) taken.take(queue->pop());
    }
    taken.require_all();
}

void play_newest(SimulatedMachine& machine) {
    constexpr std::size_t entries = 6;
    NewestSlot slot;
    Taken taken{entries};
    {
        auto thief = machine.start("thief", [&] {
            for (int i = 0; i < 8; ++i) taken.take(slot.steal());
        });
        auto monitor = machine.start("monitor", [&] {
            for (int i = 0; i < 4; ++i) slot.open_to_thieves();
        });
        for (std::size_t i = 0; i < entries; ++i) {
            taken.take(slot.put(taken[i]));
            if (i % 2 == 0) taken.take(slot.take());
        }
    }
    taken.take(slot.take());
    taken.require_all();
}

const Added ring{{"RunQueue", &play_ring},
                 {Mutant::steal_without_compare, Mutant::pop_ignores_thief}};
const Added newest{{"NewestSlot", &play_newest}, {Mutant::newest_opened_beside}};

}  // namespace

}  // namespace greenroom::model
