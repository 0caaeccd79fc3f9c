// A memory fence in every thread of the process, by the one that rarely needs it.
//
// Two threads that each store a word and then read the other's (Dekker) both need a fence between.
// If one of them does so all the time and the other hardly ever, the frequent one can go without:
// the rare one has the kernel put a fence into all threads at that moment (membarrier), which takes
// microseconds. See Dice, Huang, Yang: "Asymmetric Dekker synchronization", 2001.
//
// Threads   Any.
#pragma once

namespace greenroom::detail {

// False: this kernel has no such fence. The first call asks for it, which takes milliseconds if
// other threads run by then: a runtime does so before it starts its own.
bool process_fence_is_offered() noexcept;

// Requires that it is offered.
void process_fence() noexcept;

}  // namespace greenroom::detail
