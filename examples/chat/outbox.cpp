#include "outbox.hpp"

#include <utility>

namespace chat {

Outbox::Outbox(std::size_t bytes_max, std::function<void()> wake)
    : bytes_max_{bytes_max}, wake_{std::move(wake)} {}

void Outbox::put(std::string_view lines) {
    {
        const std::lock_guard held(mutex_);
        if (overflowed_) return;
        if (waiting_.size() + lines.size() > bytes_max_) {
            overflowed_ = true;
            std::string{}.swap(waiting_);
        } else {
            waiting_ += lines;
        }
        if (std::exchange(awake_, true)) return;
    }
    wake_();
}

void Outbox::hold() {
    const std::lock_guard held(mutex_);
    awake_ = true;
}

std::string Outbox::take() {
    const std::lock_guard held(mutex_);
    awake_ = false;
    return std::exchange(waiting_, {});
}

bool Outbox::overflowed() const {
    const std::lock_guard held(mutex_);
    return overflowed_;
}

}  // namespace chat
