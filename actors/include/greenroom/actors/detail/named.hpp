// Named: an actor under a name, and what it was registered as: a class, or a protocol with a table.
//
// A reference is looked for by type, and types are told apart by the addresses of constants: of
// RefType, and in a protocol of the names of its signatures. A class cannot be asked at run time
// what it handles, so who is to be found as a protocol is registered as one.
#pragma once

#include <array>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/protocol_table.hpp>
#include <greenroom/actors/detail/spawn.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/ref.hpp>
#include <span>
#include <string_view>
#include <type_traits>

namespace greenroom::detail {

// The name of R(M), M without its reference. Its address is the signature's identity.
template <class Signature>
inline constexpr std::string_view signature_name = type_name<Signature>();

// What a reference refers to by its type; one constexpr object for each. Its address is the type's
// identity.
struct RefType {
    std::string_view name;
    const ActorType* actor_class = nullptr;  // of a class that actors may be of, else null
    bool is_any_actor = false;               // Actor itself
    bool is_protocol = false;
    std::span<const std::string_view* const> signatures{};  // of a protocol
};

struct Named {
    AnyRef actor;
    const RefType* type = nullptr;
    const ProtocolEntry* table = nullptr;  // of a protocol

    explicit operator bool() const noexcept { return static_cast<bool>(actor); }
};

// True: `named` is now what a reference of the type `wanted` is made of. Throws std::bad_alloc.
bool refer_as(Named& named, const RefType& wanted);

inline AnyRef reference_to(Cell& cell) noexcept {
    cell.add_reference();
    return Ref<Actor>::adopt(cell);
}

template <class A>
constexpr const ActorType* class_of() noexcept {
    if constexpr (std::is_abstract_v<A> || !std::is_destructible_v<A>) {
        return nullptr;
    } else {
        return &TypeOf<A>::type;
    }
}

template <class A>
struct NamedAs {
    static constexpr RefType type{.name = type_name<A>(),
                                  .actor_class = class_of<A>(),
                                  .is_any_actor = std::is_same_v<A, Actor>};

    static Named from(const Ref<A>& ref) { return {ref, &type, nullptr}; }
    static Ref<A> to_ref(const Named& named) noexcept {
        if (!named) return {};
        named.actor.cell()->add_reference();
        return Ref<A>::adopt(*named.actor.cell());
    }
};

template <class... Signatures>
struct NamedAs<Protocol<Signatures...>> {
    using Reference = Ref<Protocol<Signatures...>>;
    template <class Signature>
    using Plain = typename SignatureParts<Signature>::Answer(MessageOf<Signature>);

    static constexpr std::array<const std::string_view*, sizeof...(Signatures)> signatures{
        &signature_name<Plain<Signatures>>...};
    static constexpr RefType type{.name = type_name<Protocol<Signatures...>>(),
                                  .is_protocol = true,
                                  .signatures = signatures};

    static Named from(const Reference& ref) { return {ref, &type, ref.table_}; }
    static Reference to_ref(const Named& named) noexcept {
        if (!named) return {};
        named.actor.cell()->add_reference();
        return Reference::adopt(*named.actor.cell(), named.table);
    }
};

}  // namespace greenroom::detail
