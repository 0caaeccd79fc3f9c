#include "reaper.hpp"

#include <mutex>
#include <utility>

namespace greenroom::detail {

void Reaper::start(Runtime& runtime) {
    task_ = spawn(runtime, [this] { reap(); }, {.name = "reaper of stopping actors"});
}

void Reaper::join() noexcept {
    if (!task_.valid()) return;
    task_ = {};
    for (const auto& [when, cell] : line_) cell->release();
    line_.clear();
}

void Reaper::add(Cell& cell, TimePoint grace_end) {
    cell.hold();
    bool is_first = false;
    {
        const std::lock_guard held(lock_);
        const auto place = line_.emplace(std::pair{grace_end, cell.id().number}, &cell).first;
        is_first = place == line_.begin();
    }
    if (is_first) earlier_.set();
}

void Reaper::remove(Cell& cell, TimePoint grace_end) noexcept {
    {
        const std::lock_guard held(lock_);
        if (line_.erase({grace_end, cell.id().number}) == 0) return;
    }
    cell.release();
}

std::size_t Reaper::size() noexcept {
    const std::lock_guard held(lock_);
    return line_.size();
}

void Reaper::reap() {
    for (;;) {
        Deadline next;
        if (Cell* const cell = take_due(next)) {
            cell->end_grace();
            cell->release();
        } else {
            (void)earlier_.wait_before(next);
        }
    }
}

// With its reference; or null, and when to look again.
Cell* Reaper::take_due(Deadline& next) {
    const std::lock_guard held(lock_);
    if (line_.empty()) return nullptr;
    next = Deadline{line_.begin()->first.first};
    if (!next.has_passed()) return nullptr;
    return line_.extract(line_.begin()).mapped();
}

}  // namespace greenroom::detail
