#include "arrival.hpp"

#include <greenroom/core/detail/wait_in_line.hpp>
#include <mutex>
#include <utility>

namespace greenroom::detail {

void Arrival::come() noexcept {
    Resumption woken;
    {
        const std::lock_guard held(line_.lock);
        if (WaitEntry* const waiting = line_.win_first()) {
            woken.add(*waiting);
        } else {
            has_come_ = true;  // it has given up just now, and looks once more
        }
    }
    woken.run();
}

bool Arrival::wait_before(Deadline deadline, const Cell& owner) {
    WaitRecord record{{"receive", &owner, Where{}}};
    WaitEntry entry{record};
    return wait_in_line(line_, entry, deadline, [this] { return std::exchange(has_come_, false); });
}

}  // namespace greenroom::detail
