#include <greenroom/core/detail/hand_over.hpp>

namespace greenroom::detail {

HandOver* HandOver::win_first_locked(WaitQueue& line) noexcept {
    while (WaitEntry* const first = line.first_waiting()) {
        if (!line.win(*first)) continue;  // it gave up meanwhile
        return static_cast<HandOver*>(first);
    }
    return nullptr;
}

}  // namespace greenroom::detail
