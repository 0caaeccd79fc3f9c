// Gate: visitors come and go while the gate is closed and opened again.
//
// Property  Nobody is in when close() returns, and nobody gets in before open().
#include "gate.hpp"

#include <memory>
#include <string>
#include <vector>

#include "simulation/model/explore.hpp"

namespace greenroom::model {

namespace {

void play(SimulatedMachine& machine) {
    detail::Gate gate;
    bool alive = false;  // what the gate guards
    auto visits = [&] {
        for (int i = 0; i < 3; ++i) {
            if (!gate.enter()) continue;
            require(alive, "who is in finds it alive");
            machine.pause();
            require(alive, "as long as he is in");
            gate.leave();
        }
    };
    std::vector<std::unique_ptr<Threads::Handle>> visitors;
    for (int i = 0; i < 2; ++i) visitors.push_back(machine.start(std::to_string(i), visits));
    for (int life = 0; life < 2; ++life) {
        alive = true;
        gate.open();
        machine.pause();
        gate.close(machine);
        alive = false;
    }
}

const Added added{{"Gate", &play}, {}};

}  // namespace

}  // namespace greenroom::model
