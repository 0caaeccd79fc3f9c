// MessageSlots: an array of pointers to messages, which grows as it is needed, to a limit.
//
// Who takes messages out of it knows the addresses of those that come next, and can have them
// fetched into the cache early; along a list it would know the next one's alone.
//
// Threads   None: guarded by whoever owns it.
// Lifetime  Owns the memory of the array, and no message.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <greenroom/actors/detail/message.hpp>
#include <new>
#include <utility>

namespace greenroom::detail {

class MessageSlots {
public:
    static constexpr std::uint32_t slots_min = 8;
    static constexpr std::uint32_t slots_max = 1'024;
    static constexpr std::uint32_t slots_kept_max = 256;  // by an actor that is idle

    MessageSlots() noexcept = default;
    ~MessageSlots() { delete[] slots_; }
    MessageSlots(const MessageSlots&) = delete;
    MessageSlots& operator=(const MessageSlots&) = delete;

    // False: it is full.
    bool try_add(Message& message) noexcept {
        if (count_ == capacity_) [[unlikely]]
            return false;
        slots_[count_++] = &message;
        return true;
    }
    // False: it is as large as it may be, or there is no memory.
    bool grow() noexcept {
        const std::uint32_t wanted = std::max(slots_min, capacity_ * 2);
        if (wanted > slots_max) return false;
        auto** const larger = new (std::nothrow) Message*[wanted];
        if (larger == nullptr) return false;
        std::copy(begin(), end(), larger);
        delete[] std::exchange(slots_, larger);
        capacity_ = wanted;
        return true;
    }
    void clear() noexcept { count_ = 0; }
    bool are_many() const noexcept { return capacity_ > slots_kept_max; }
    void swap(MessageSlots& other) noexcept {
        std::swap(slots_, other.slots_);
        std::swap(count_, other.count_);
        std::swap(capacity_, other.capacity_);
    }

    std::uint32_t size() const noexcept { return count_; }
    Message* const* begin() const noexcept { return slots_; }
    Message* const* end() const noexcept { return slots_ + count_; }

private:
    Message** slots_ = nullptr;
    std::uint32_t count_ = 0;
    std::uint32_t capacity_ = 0;
};

}  // namespace greenroom::detail
