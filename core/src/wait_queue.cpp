#include <greenroom/core/detail/wait_queue.hpp>

namespace greenroom::detail {

namespace {

Atomic<std::uint32_t> numbers_given{0};

}  // namespace

std::uint32_t WaitQueue::give_number() noexcept {
    std::uint32_t number = 0;
    // relaxed, all: see number(). 0 is left out when the numbers have gone round.
    while (number == 0) number = numbers_given.fetch_add(1, std::memory_order_relaxed) + 1;
    std::uint32_t given = 0;
    // Two may come at once: the first one's number holds.
    return number_.compare_exchange_strong(given, number, std::memory_order_relaxed,
                                           std::memory_order_relaxed)
               ? number
               : given;
}

}  // namespace greenroom::detail
