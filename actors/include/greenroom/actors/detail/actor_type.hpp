// ActorType: what the runtime must know of an actor's class; one constexpr object for each.
#pragma once

#include <cstddef>

namespace greenroom {
class Actor;
}

namespace greenroom::detail {

struct LinkKind;

template <class A>
struct TypeOf;

struct ActorType {
    const char* name;
    void (*destroy)(Actor& actor);  // the destructor only
    std::size_t object_offset;      // from the cell
    std::size_t allocation_bytes;   // of the cell and the object together
    std::size_t alignment;
    bool has_start_hook;        // overrides on_start
    bool has_stop_hook;         // overrides on_stop
    bool is_process;            // takes its messages itself
    const LinkKind* link_kind;  // null: it fails with those that it is linked to
};

}  // namespace greenroom::detail
