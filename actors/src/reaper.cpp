#include "reaper.hpp"

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/ref.hpp>

#include <greenroom/core/sleep.hpp>
#include <mutex>

namespace greenroom::detail {

void Reaper::start(Runtime& runtime) {
    task_ = spawn(runtime, [this] { reap(); }, {.name = "reaper of stopping actors"});
}

void Reaper::stop() noexcept {
    if (!task_.valid()) return;
    task_ = {};  // cancels and joins
    for (Stopping stopping; next(stopping);) stopping.cell->drop_reference();
}

void Reaper::add(Cell& cell, Deadline grace_end) {
    cell.add_reference();
    {
        const std::lock_guard held(lock_);
        line_.push_back({&cell, grace_end});
    }
    added_.set();
}

void Reaper::reap() {
    for (;;) {
        Stopping stopping{};
        if (!next(stopping)) {
            added_.wait();
            continue;
        }
        // Dropped on every way out of the sleep, a cancellation included.
        const Ref<Actor> held = Ref<Actor>::adopt(*stopping.cell);
        if (!stopping.cell->has_left()) sleep_until(stopping.grace_end.at());
        stopping.cell->end_grace();
    }
}

bool Reaper::next(Stopping& out) noexcept {
    const std::lock_guard held(lock_);
    if (line_.empty()) return false;
    out = line_.front();
    line_.pop_front();
    return true;
}

}  // namespace greenroom::detail
