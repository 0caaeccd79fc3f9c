// OutputQueue: bytes on their way to one peer, in chunks from the block pool; nothing while empty.
//
// Small pieces are copied together, since one copy of 500 bytes is cheaper than a piece of its own
// in the call that sends them. Large shared ones are referred to.
//
// Threads   The owner's lock guards all, but: what gather() returned stays valid and unchanged
//           while others append, until consume() or clear().
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/net/shared_bytes.hpp>
#include <greenroom/net/socket_api.hpp>
#include <string_view>

namespace greenroom::detail {

class OutputQueue {
public:
    static constexpr std::size_t copied_bytes_max = 512;  // a larger shared one is not copied

    OutputQueue() noexcept = default;
    ~OutputQueue() { clear(); }
    OutputQueue(const OutputQueue&) = delete;
    OutputQueue& operator=(const OutputQueue&) = delete;

    std::size_t bytes() const noexcept { return bytes_; }
    bool empty() const noexcept { return bytes_ == 0; }

    // Throws std::bad_alloc, and then queues nothing.
    void append(std::string_view text);
    void append(const net::SharedBytes& shared);

    // The first piece of what is queued; none if nothing is.
    net::OutputPiece first() const noexcept;
    // The first pieces, oldest first, of `bytes_max` bytes in all at most; returns how many,
    // `count_max` at most.
    std::size_t gather(net::OutputPiece* pieces, std::size_t count_max,
                       std::size_t bytes_max) const noexcept;
    // Takes the first `count` bytes out.
    void consume(std::size_t count) noexcept;
    void clear() noexcept { consume(bytes_); }

private:
    struct Chunk;

    Chunk& add_chunk(std::size_t room);
    void link(Chunk& chunk) noexcept;
    static void free_chunk(Chunk& chunk) noexcept;

    Chunk* first_ = nullptr;
    Chunk* last_ = nullptr;
    std::size_t bytes_ = 0;
};

}  // namespace greenroom::detail
