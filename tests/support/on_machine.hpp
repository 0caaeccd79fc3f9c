// A runtime whose threads, time and chance are a simulated machine's.
#pragma once

#include <greenroom/core/runtime.hpp>
#include <greenroom/core/simulated_machine.hpp>

namespace greenroom::support {

inline RuntimeOptions on_machine(SimulatedMachine& machine, int workers) {
    RuntimeOptions options;
    options.workers = workers;
    options.clock = &machine;
    options.threads = &machine;
    options.chance = &machine;
    options.report_stack_overflow = false;  // its alternate stack is of the kernel's threads
    return options;
}

}  // namespace greenroom::support
