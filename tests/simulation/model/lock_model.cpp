// BiasedLock: its owner and two others, who come while it is inside, about to enter, or gone.
//
// Property  One at a time is inside, and all come in.
#include <greenroom/core/detail/biased_lock.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "simulation/model/explore.hpp"

namespace greenroom::model {

namespace {

using detail::BiasedLock;
using detail::Mutant;

constexpr int times_to_own = 1'100;  // as often as a thread takes it until it is its own
constexpr int rounds = 6;

void use(SimulatedMachine& machine, BiasedLock& lock, int& inside) {
    for (int i = 0; i < rounds; ++i) {
        const std::lock_guard held(lock);
        require(++inside == 1, "one at a time is inside");
        machine.pause();
        --inside;
    }
}

void play_revocation(SimulatedMachine& machine) {
    BiasedLock lock;
    int inside = 0;
    bool owned = false;
    std::vector<std::unique_ptr<Threads::Handle>> others;
    for (int i = 0; i < 2; ++i) {
        others.push_back(machine.start(std::to_string(i), [&] {
            while (!owned) machine.pause();
            use(machine, lock, inside);
        }));
    }
    for (int i = 0; i < times_to_own; ++i) {
        const std::lock_guard held(lock);
    }
    owned = true;
    use(machine, lock, inside);
    others.clear();
    require(inside == 0, "and all come out");
}

const Added revocation{{"BiasedLock", &play_revocation},
                       {Mutant::bias_without_second_look, Mutant::bias_revoked_without_waiting}};

}  // namespace

}  // namespace greenroom::model
