#include "system_tally.hpp"

#include <utility>

namespace greenroom::detail {

SystemTally::SystemTally(RuntimeCore& core)
    : runtime_{core},
      share_count_{static_cast<std::size_t>(worker_count(core))},
      shares_{std::make_unique<Share[]>(share_count_)} {}

// A worker's of another runtime, where this one was before that ended, is none.
SystemTally::Share* SystemTally::share_here() noexcept {
    const int index = worker_index(runtime_.core());
    if (index < 0 || !runtime_.leads_to_it()) return nullptr;
    return &shares_[static_cast<std::size_t>(index)];
}

std::uint64_t SystemTally::next_id() noexcept {
    Share* const mine = share_here();
    if (mine == nullptr) return ids_.add(1) + 1;
    if (mine->next_id == mine->ids_end) {
        mine->next_id = ids_.add(ids_at_once) + 1;
        mine->ids_end = mine->next_id + ids_at_once;
    }
    return mine->next_id++;
}

void SystemTally::actor_began() noexcept {
    Share* const mine = share_here();
    mine != nullptr ? mine->began.add(1) : static_cast<void>(alive_.add(1));
}

void SystemTally::actor_ended() noexcept {
    Share* const mine = share_here();
    mine != nullptr ? mine->ended.add(1) : static_cast<void>(alive_.subtract(1));
}

std::uint64_t SystemTally::alive() const noexcept {
    std::uint64_t ended = 0;
    for (std::size_t i = 0; i < share_count_; ++i) ended += shares_[i].ended.value();
    std::uint64_t began = alive_.value();
    for (std::size_t i = 0; i < share_count_; ++i) began += shares_[i].began.value();
    return began - ended;
}

void SystemTally::hold() noexcept {
    Share* const mine = share_here();
    if (mine == nullptr) return references_.add();
    if (mine->references == 0) {
        references_.add(references_at_once);
        mine->references = references_at_once;
    }
    --mine->references;
}

bool SystemTally::release() noexcept {
    Share* const mine = share_here();
    if (mine == nullptr) return references_.drop();
    // Never the last: while the workers run, there is the system's own.
    if (++mine->references < 2 * references_at_once) return false;
    mine->references -= references_at_once;
    return references_.drop(references_at_once);
}

void SystemTally::close() noexcept {
    for (std::size_t i = 0; i < share_count_; ++i) {
        const std::uint32_t left = std::exchange(shares_[i].references, 0);
        if (left != 0) (void)references_.drop(left);
    }
}

}  // namespace greenroom::detail
