#include <greenroom/core/detail/process_fence.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <greenroom/core/assert.hpp>

namespace greenroom::detail {

namespace {

bool membarrier(int command) noexcept { return ::syscall(SYS_membarrier, command, 0, 0) == 0; }

}  // namespace

bool process_fence_is_offered() noexcept {
    static const bool offered = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
    return offered;
}

// In those that run now. Those that do not run have passed one.
void process_fence() noexcept {
    const bool done = membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    GREENROOM_ASSERT(done);  // it was registered, and forked processes inherit that
}

}  // namespace greenroom::detail
