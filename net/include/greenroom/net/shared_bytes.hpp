// SharedBytes: bytes that never change, which many connections may have queued at once without a
// copy each: a line for a whole channel.
//
// Threads   A value like a shared_ptr: copies are independent and may be used by any thread.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/ref_count.hpp>
#include <string_view>
#include <utility>

namespace greenroom::net {

class SharedBytes {
public:
    SharedBytes() noexcept = default;
    // Copies the text once.
    explicit SharedBytes(std::string_view text);
    SharedBytes(const SharedBytes& other) noexcept : block_{other.block_} {
        if (block_ != nullptr) block_->references.add();
    }
    SharedBytes(SharedBytes&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
    SharedBytes& operator=(SharedBytes other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~SharedBytes() {
        if (block_ != nullptr && block_->references.drop()) free_block();
    }

    std::string_view text() const noexcept {
        return block_ == nullptr ? std::string_view{} : std::string_view{data(), block_->bytes};
    }
    std::size_t size() const noexcept { return block_ == nullptr ? 0 : block_->bytes; }

private:
    struct Block {
        explicit Block(std::size_t size) noexcept : bytes{size} {}
        detail::RefCount references{1};
        const std::size_t bytes;  // which lie behind it
    };

    char* data() const noexcept { return reinterpret_cast<char*>(block_ + 1); }
    void free_block() noexcept;

    Block* block_ = nullptr;
};

}  // namespace greenroom::net
