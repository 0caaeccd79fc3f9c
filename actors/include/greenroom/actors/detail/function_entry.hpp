// FunctionEntry: how one function of a functional actor takes its message, without their types.
#pragma once

#include <array>
#include <cstddef>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/protocol_table.hpp>
#include <string_view>

namespace greenroom::detail {

struct FunctionEntry {
    const void* key;         // of the message
    const void* answer_key;  // of what it is answered with
    std::string_view answer;
    void (*tell)(Actor& actor, void* message);  // may move it
    const ProtocolEntry* sent;
};

template <class A, class M>
void tell_by_address(Actor& actor, void* message) {
    tell_handler<A>(actor, *static_cast<M*>(message));
}

template <class A, class Signature>
constexpr FunctionEntry function_entry(const ProtocolEntry& sent) noexcept {
    using M = MessageOf<Signature>;
    using R = typename SignatureParts<Signature>::Answer;
    return {&message_key<M>, &message_key<R>, type_name<R>(), &tell_by_address<A, M>, &sent};
}

// For the functions of A, in their order.
template <class A, class Interface>
struct FunctionEntries;
template <class A, class... Signatures>
struct FunctionEntries<A, Protocol<Signatures...>> {
    static constexpr std::array<FunctionEntry, sizeof...(Signatures)> all = [] {
        const ProtocolEntry* sent = protocol_table<A, Signatures...>();
        return std::array<FunctionEntry, sizeof...(Signatures)>{
            function_entry<A, Signatures>(*sent++)...};
    }();
};

}  // namespace greenroom::detail
