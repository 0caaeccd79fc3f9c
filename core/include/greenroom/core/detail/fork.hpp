// What a process that was forked finds of its parent's: runtimes that have no threads there, and
// descriptors that it shares with the parent. Whoever has either notes the generation when it is
// made, and touches nothing that the parent would feel when it has changed.
#pragma once

#include <cstdint>

namespace greenroom::detail {

// How many forks lie between this process and the first one of the program.
std::uint32_t fork_generation() noexcept;

// Counts forks from now on.
void count_forks();

// The child finds the block pool's locks free. The first call counts: a handler of somebody's that
// was registered before it must not allocate from the pool.
void hold_block_pool_across_forks();

// Of one thing: whether it was made in this process.
class Birthplace {
public:
    // True in a process that was forked since.
    bool is_elsewhere() const noexcept { return generation_ != fork_generation(); }

private:
    std::uint32_t generation_ = fork_generation();
};

}  // namespace greenroom::detail
