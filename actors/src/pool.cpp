#include <greenroom/actors/pool.hpp>
#include <stdexcept>
#include <string>

namespace greenroom::detail {

namespace {

[[noreturn]] void refuse(const char* field, std::size_t value, const std::string& right) {
    throw std::invalid_argument{"PoolOptions::" + std::string{field} + " is " +
                                std::to_string(value) + "; it is " + right};
}

}  // namespace

void require_valid(const PoolOptions& options) {
    if (options.children_min == 0) refuse("children_min", 0, "1 at least");
    if (options.children_max < options.children_min) {
        refuse("children_max", options.children_max,
               "children_min, " + std::to_string(options.children_min) + ", at least");
    }
    const std::size_t bound = options.child.mailbox.bound;
    if (bound <= options.grow_above) {
        refuse("child.mailbox.bound", bound,
               "more than grow_above, " + std::to_string(options.grow_above) +
                   ", or the pool would not see how much is queued");
    }
    if (options.child.reentrant) {
        throw std::invalid_argument{
            "PoolOptions::child.reentrant is true; it is false, or the pool would not see that one "
            "of its children is idle"};
    }
    if (options.look_every <= Duration::zero()) {
        throw std::invalid_argument{"PoolOptions::look_every is not more than 0"};
    }
}

std::string too_many_failures(const PoolOptions& options, const std::string& last) {
    using std::chrono::duration_cast;
    const auto within = duration_cast<std::chrono::milliseconds>(options.failures_within).count();
    return "pool: more than failures_max, " + std::to_string(options.failures_max) +
           ", children ended by themselves within " + std::to_string(within) +
           " ms, the last: " + last;
}

}  // namespace greenroom::detail
