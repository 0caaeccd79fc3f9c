#include "restart_timer.hpp"

#include <greenroom/actors/detail/cell.hpp>
#include <memory>

namespace greenroom::detail {

bool RestartTimer::start(Cell& cell, Duration delay) noexcept {
    RestartTimer* timer = nullptr;
    try {
        timer = new RestartTimer{cell};
        (void)timer->start_here_after(delay);
    } catch (...) {
        delete timer;
        return false;
    }
    timer->release();  // nobody cancels it: a cell that has ended is let start in vain
    return true;
}

void RestartTimer::begin(RuntimeCore&) noexcept { cell_.cell()->may_start(); }

}  // namespace greenroom::detail
