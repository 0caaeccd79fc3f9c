#include <greenroom/actors/detail/delayed_tell.hpp>

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/block_pool.hpp>
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
