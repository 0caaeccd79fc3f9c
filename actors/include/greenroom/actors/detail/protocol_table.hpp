// Protocol tables: for each message of a protocol, how a class handles it.
//
// Of a class the table is a constant. Part of a table that is known at run time only is put
// together once, and kept for ever: there are no more of them than protocols in the program's text
// times classes, since equal ones are one.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/shared.hpp>
#include <span>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class... Signatures>
struct Protocol;

}  // namespace greenroom

namespace greenroom::detail {

// Never defined: see actor_has_no_handler_for_message. Of a protocol that answers otherwise, the
// signature alone is named.
template <class Protocol, class Message>
struct protocol_has_no_message;
template <class ProtocolOfMessage, class Reply>
struct protocol_answers_message_with_another_type;

// How an error names a protocol, so that its line stays short: by its first message, and `...` for
// the others.
template <class P>
struct ShortProtocol {
    using Type = P;
};
template <class First, class Second, class... Rest>
struct ShortProtocol<Protocol<First, Second, Rest...>> {
    using Type = Protocol<First, void(...)>;
};
template <class P>
using InShort = typename ShortProtocol<P>::Type;

template <class Signature>
struct SignatureParts;
template <class R, class M>
struct SignatureParts<R(M)> {
    using Message = std::decay_t<M>;
    using Answer = R;
};
template <class Signature>
using MessageOf = typename SignatureParts<Signature>::Message;

// A class that derives from all of these is what a message is looked up in: by a conversion to the
// one base that has it, which costs the compiler less than a comparison with each.
template <std::size_t place, class M, class R>
struct PlacedSignature {};

template <class Places, class... Signatures>
struct SignatureList;
template <std::size_t... places, class... Signatures>
struct SignatureList<std::index_sequence<places...>, Signatures...>
    : PlacedSignature<places, MessageOf<Signatures>,
                      typename SignatureParts<Signatures>::Answer>... {};

template <std::size_t index, class R>
struct FoundSignature {
    static constexpr std::size_t place = index;
    using Answer = R;
};
template <class M, std::size_t, std::size_t place, class R>
FoundSignature<place, R> find_signature(const PlacedSignature<place, M, R>*);
template <class M, std::size_t number>
FoundSignature<number, void> find_signature(const void*);

template <class M, class... Signatures>
using SignatureOf = decltype(detail::find_signature<M, sizeof...(Signatures)>(
    static_cast<SignatureList<std::index_sequence_for<Signatures...>, Signatures...>*>(nullptr)));

// Where M is in the protocol; their number if it is not, or is there twice.
template <class M, class... Signatures>
constexpr std::size_t message_index = SignatureOf<M, Signatures...>::place;

template <class... Signatures>
constexpr bool all_messages_differ =
    ((message_index<MessageOf<Signatures>, Signatures...> < sizeof...(Signatures)) && ...);

template <class M, class... Signatures>
using ProtocolAnswer = typename SignatureOf<M, Signatures...>::Answer;

struct ProtocolEntry {
    const Descriptor* tell;
    const Descriptor* tell_shared;  // null: of a message that cannot be copied
    const Descriptor* ask;
    const Descriptor* forwarded;

    friend auto operator<=>(const ProtocolEntry&, const ProtocolEntry&) = default;
};

template <class A, class M>
constexpr const Descriptor* shared_descriptor() noexcept {
    if constexpr (std::is_copy_constructible_v<M>) {
        return &tell_descriptor<A, Shared<M>>;
    } else {
        return nullptr;
    }
}

template <class A, class Signature>
constexpr ProtocolEntry protocol_entry() noexcept {
    using M = MessageOf<Signature>;
    using R = typename SignatureParts<Signature>::Answer;
    require_answer<A, M, R>();
    if constexpr (answers<A, M, R>) {
        return {&tell_descriptor<A, M>, shared_descriptor<A, M>(), &ask_descriptor<A, M, R>,
                &forwarded_descriptor<A, M, R>};
    } else {
        return {};
    }
}

template <class A, class... Signatures>
inline constexpr std::array<ProtocolEntry, sizeof...(Signatures)> protocol_entries{
    protocol_entry<A, Signatures>()...};

template <class A, class... Signatures>
constexpr const ProtocolEntry* protocol_table() noexcept {
    return protocol_entries<A, Signatures...>.data();
}

// Those entries of `whole` that `places` names, in that order. `part` is the identity of the
// protocol that has those: a constant of the program. From any thread; takes a lock. Throws
// std::bad_alloc.
const ProtocolEntry* pick_entries(const ProtocolEntry* whole, const void* part,
                                  std::span<const std::size_t> places);

template <class Part, class Whole>
struct TablePart;
template <class... Wanted, class... Given>
struct TablePart<Protocol<Wanted...>, Protocol<Given...>> {
    template <class Signature>
    static constexpr std::size_t place() noexcept {
        using M = MessageOf<Signature>;
        using R = typename SignatureParts<Signature>::Answer;
        constexpr std::size_t index = message_index<M, Given...>;
        if constexpr (index == sizeof...(Given)) {
            (void)sizeof(protocol_has_no_message<InShort<Protocol<Given...>>, M>);
        } else if constexpr (!std::is_same_v<ProtocolAnswer<M, Given...>, R>) {
            using Answered = ProtocolAnswer<M, Given...>;
            (void)sizeof(protocol_answers_message_with_another_type<Protocol<Answered(M)>, R>);
        }
        return index;
    }
    static constexpr std::array<std::size_t, sizeof...(Wanted)> places{place<Wanted>()...};
};

template <class Part, class Whole>
const ProtocolEntry* table_part(const ProtocolEntry* whole) {
    constexpr auto& places = TablePart<Part, Whole>::places;
    return whole == nullptr ? nullptr : pick_entries(whole, places.data(), places);
}

}  // namespace greenroom::detail
