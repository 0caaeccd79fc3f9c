#include "output_queue.hpp"

#include <algorithm>
#include <cstring>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <new>

namespace greenroom::detail {

struct OutputQueue::Chunk {
    explicit Chunk(std::size_t allocated) noexcept : allocated_bytes{allocated} {}

    const char* data() const noexcept {
        return shared.size() == 0 ? reinterpret_cast<const char*>(this + 1) : shared.text().data();
    }
    char* own_bytes() noexcept { return reinterpret_cast<char*>(this + 1); }
    std::size_t room() const noexcept {
        return shared.size() == 0 ? allocated_bytes - sizeof(Chunk) - end : 0;
    }

    Chunk* next = nullptr;
    const std::size_t allocated_bytes;
    std::size_t begin = 0;  // of what is still to be sent
    std::size_t end = 0;
    net::SharedBytes shared;  // instead of bytes of its own
};

namespace {

constexpr std::size_t first_chunk_bytes = 1024;
constexpr std::size_t chunk_bytes = block_bytes_max;

}  // namespace

OutputQueue::Chunk& OutputQueue::add_chunk(std::size_t room) {
    const std::size_t usual = first_ == nullptr ? first_chunk_bytes : chunk_bytes;
    const std::size_t allocated = room == 0 ? sizeof(Chunk) : std::max(usual, sizeof(Chunk) + room);
    return *::new (allocate_block(allocated)) Chunk{allocated};
}

void OutputQueue::link(Chunk& chunk) noexcept {
    (last_ == nullptr ? first_ : last_->next) = &chunk;
    last_ = &chunk;
}

void OutputQueue::free_chunk(Chunk& chunk) noexcept {
    const std::size_t allocated = chunk.allocated_bytes;
    chunk.~Chunk();
    release_block(&chunk, allocated);
}

void OutputQueue::append(std::string_view text) {
    const std::size_t here = last_ == nullptr ? 0 : std::min(last_->room(), text.size());
    // Allocated before anything is queued, since it may throw.
    Chunk* const more = here == text.size() ? nullptr : &add_chunk(text.size() - here);
    if (here > 0) {
        std::memcpy(last_->own_bytes() + last_->end, text.data(), here);
        last_->end += here;
    }
    bytes_ += text.size();
    if (more == nullptr) return;
    std::memcpy(more->own_bytes(), text.data() + here, text.size() - here);
    more->end = text.size() - here;
    link(*more);
}

void OutputQueue::append(const net::SharedBytes& shared) {
    if (shared.size() <= copied_bytes_max) return append(shared.text());
    Chunk& chunk = add_chunk(0);
    chunk.shared = shared;
    chunk.end = shared.size();
    bytes_ += shared.size();
    link(chunk);
}

net::OutputPiece OutputQueue::first() const noexcept {
    if (first_ == nullptr) return {nullptr, 0};
    return {first_->data() + first_->begin, first_->end - first_->begin};
}

std::size_t OutputQueue::gather(net::OutputPiece* pieces, std::size_t count_max,
                                std::size_t bytes_max) const noexcept {
    std::size_t count = 0;
    for (const Chunk* chunk = first_; chunk != nullptr && count < count_max && bytes_max > 0;
         chunk = chunk->next) {
        const auto bytes = std::min<std::size_t>(chunk->end - chunk->begin, bytes_max);
        pieces[count++] = {chunk->data() + chunk->begin, bytes};
        bytes_max -= bytes;
    }
    return count;
}

void OutputQueue::consume(std::size_t count) noexcept {
    GREENROOM_ASSERT(count <= bytes_);
    bytes_ -= count;
    while (first_ != nullptr && count >= first_->end - first_->begin) {
        Chunk& sent = *first_;
        count -= sent.end - sent.begin;
        first_ = sent.next;
        if (first_ == nullptr) last_ = nullptr;
        free_chunk(sent);
    }
    if (count > 0) first_->begin += count;
}

}  // namespace greenroom::detail
