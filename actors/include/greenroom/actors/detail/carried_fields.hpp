// CarriedFields: how a message brings along the fields of its sender (fields.hpp): it has a
// descriptor of its own, beside which they are, in the place of the constant one of its kind.
//
//   made --handled, discarded, destroyed--> the message has the constant one again, and this ends
//
// So nobody looks for fields where there are none. The sender's look for memory tells both
// (usual_block_cache), and a receiver calls what the descriptor says anyway.
//
// Threads   As of the message.
#pragma once

#include <cstddef>
#include <exception>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/fields.hpp>

namespace greenroom::detail {

// Where a message is made, and with which descriptor.
struct MessagePlace {
    void* memory;
    const Descriptor* kind;
};

// Of a sender who has fields, or of a message that is not of the pool.
MessagePlace unusual_message_place(std::size_t bytes, std::size_t alignment,
                                   const Descriptor& kind);

// In line, where the size is a constant.
[[gnu::always_inline]] inline MessagePlace message_place(std::size_t bytes, std::size_t alignment,
                                                         const Descriptor& kind) {
    if (bytes <= block_bytes_max && alignment <= block_alignment) {
        if (BlockCache* const cache = usual_block_cache()) [[likely]] {
            return {cache->allocate(bytes), &kind};
        }
    }
    return unusual_message_place(bytes, alignment, kind);
}

// Of a message that was not made after all.
void give_back(const MessagePlace& place, std::size_t bytes, std::size_t alignment) noexcept;

// The constant one of its kind.
const Descriptor& kind_of(const Message& message) noexcept;
// What it brings along; null for nothing.
const FieldSet* fields_of(const Message& message) noexcept;

// What a cell keeps of fields, in its turn, or before it lives.
struct CellFields {
    // Keeps those of the spawner, who calls. Throws std::bad_alloc.
    static void keep_of_spawn(Cell& cell);
    static const Fields& of_spawn(const Cell& cell) noexcept;
    // In a catch block: what was handled with them has thrown. For the report of it, which is made
    // when they are not in use any more.
    static void note(Cell& cell, const Fields& fields) noexcept;
    static Fields of_failure(Cell& cell, const std::exception_ptr& why) noexcept;
};

// Has `call` handle something of the receiver's with these fields; if there are none, with those
// that are in use anyway.
template <class Call>
void handle_with(const Fields& fields, Cell& receiver, const Call& call) {
    if (fields.empty()) return call();
    const FieldsInUse mine{fields.set()};
    try {
        call();
    } catch (const Cancelled&) {
        throw;
    } catch (...) {
        CellFields::note(receiver, fields);
        throw;
    }
}

}  // namespace greenroom::detail
