// The model build's points, at which another virtual thread may go on. Empty in every other build.
#include <greenroom/core/detail/model_atomic.hpp>

#if defined(GREENROOM_MODEL) && GREENROOM_MODEL

#include <greenroom/core/simulated_machine.hpp>

namespace greenroom::detail {

void model_point() noexcept {
    SimulatedMachine* const machine = this_machine();
    if (machine != nullptr) machine->point();
}

}  // namespace greenroom::detail

#endif
