#include <greenroom/net/shared_bytes.hpp>

#include <cstring>
#include <greenroom/core/detail/block_pool.hpp>
#include <new>

namespace greenroom::net {

SharedBytes::SharedBytes(std::string_view text) {
    if (text.empty()) return;
    block_ = ::new (detail::allocate_block(sizeof(Block) + text.size())) Block{text.size()};
    std::memcpy(data(), text.data(), text.size());
}

void SharedBytes::free_block() noexcept {
    const std::size_t allocated = sizeof(Block) + block_->bytes;
    block_->~Block();
    detail::release_block(block_, allocated);
}

}  // namespace greenroom::net
