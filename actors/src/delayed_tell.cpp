#include <greenroom/actors/detail/delayed_tell.hpp>

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <new>
#include <utility>

namespace greenroom::detail {

DelayedTell& DelayedTell::make(Cell& receiver, Message& message, Where where) {
    try {
        void* const place = allocate_block(sizeof(DelayedTell), alignof(DelayedTell));
        return *::new (place) DelayedTell{receiver, message, where};
    } catch (...) {
        message.descriptor->destroy(message);
        throw;
    }
}

RuntimeCore& DelayedTell::start_after(Duration delay) {
    if (current_core() != nullptr) return start_here_after(delay);
    RuntimeCore& core = receiver_.cell()->core();
    const Visit visit{core};  // the clock is the runtime's
    if (!visit) throw Error{Errc::stopping, "tell_later: the runtime has ended"};
    return start_at(due_after(core, delay));
}

RuntimeCore& DelayedTell::start_at(TimePoint when) {
    if (current_core() != nullptr) return start_here(when);
    RuntimeCore& core = receiver_.cell()->core();
    start(core, when);
    return core;
}

void DelayedTell::destroy() noexcept {
    this->~DelayedTell();
    release_block(this, sizeof(DelayedTell), alignof(DelayedTell));
}

void DelayedTell::begin(RuntimeCore&) noexcept {
    receiver_.cell()->send_past_bound(*std::exchange(message_, nullptr), where_);
}

void DelayedTell::destroy_function() noexcept {
    if (message_ == nullptr) return;
    Message& message = *std::exchange(message_, nullptr);
    message.descriptor->destroy(message);
}

}  // namespace greenroom::detail
