#include <greenroom/core/detail/local_list.hpp>

#include <greenroom/core/detail/atomic.hpp>

#include "this_thread.hpp"
#include "worker.hpp"

namespace greenroom::detail {

LocalList& locals_of_caller() noexcept {
    ThisThread& thread = this_thread();
    return thread.worker != nullptr ? thread.worker->current().locals : thread.locals;
}

std::uint64_t next_local_key() noexcept {
    static Atomic<std::uint64_t> last{0};
    // relaxed: only that no two are equal counts.
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace greenroom::detail
