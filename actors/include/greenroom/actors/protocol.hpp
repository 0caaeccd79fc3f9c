// Protocol: what may be sent to an actor, without its class.
//
//     using Store = greenroom::Protocol<std::string(Load), void(Save)>;
//
//     class FileStore : public greenroom::Actor {
//      public:
//       std::string on(const Load& load);
//       void on(Save save);
//     };
//     greenroom::Ref<Store> store = system.spawn<FileStore>();
//     std::string text = store.ask(Load{"readme"});
//
// R(M) says that M may be told and asked, and that the answer is an R: exactly what the actor's
// handler of M answers, or void, where its answer is of no interest. A Ref of a protocol is made
// from that of any actor that handles all of it, or of a protocol that has all of it. So two
// classes may know each other's protocol where neither can know the other's class.
//
// Cost      As much as of a Ref of the class, which is one word smaller. Making it from another
//           protocol's looks a table up under a lock; from a class's it costs nothing.
// Limits    A protocol in which a message occurs twice does not compile.
#pragma once

#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/protocol_table.hpp>
#include <greenroom/actors/ref.hpp>
#include <greenroom/actors/typed_ref.hpp>
#include <type_traits>

namespace greenroom {

template <class A>
class WeakRef;
namespace detail {
template <class A>
struct NamedAs;
}

template <class... Signatures>
struct Protocol {};

template <class... Signatures>
class Ref<Protocol<Signatures...>> : public TypedRef<Ref<Protocol<Signatures...>>> {
    using Mine = Protocol<Signatures...>;
    using Base = TypedRef<Ref>;
    static_assert(detail::all_messages_differ<Signatures...>, "a message occurs twice");

public:
    // Refers to nobody.
    Ref() noexcept = default;
    // Of an actor that handles all of it.
    template <class A>
    Ref(const Ref<A>& actor) noexcept  // NOLINT: as pointers convert
        : Base{actor}, table_{detail::protocol_table<A, Signatures...>()} {}
    // Of a protocol that has all of it. Throws std::bad_alloc.
    template <class... Others>
    Ref(const Ref<Protocol<Others...>>& other)  // NOLINT: likewise
        : Base{other}, table_{detail::table_part<Mine, Protocol<Others...>>(other.table_)} {}

    // For the library: takes over a reference that was counted already.
    static Ref adopt(detail::Cell& cell, const detail::ProtocolEntry* table) noexcept {
        return Ref{cell, table};
    }

private:
    template <class>
    friend class Ref;
    template <class>
    friend class WeakRef;
    friend class TypedRef<Ref>;
    template <class>
    friend struct detail::NamedAs;

    Ref(detail::Cell& cell, const detail::ProtocolEntry* table) noexcept
        : Base{cell}, table_{table} {}

    template <class M>
    using Answer = detail::ProtocolAnswer<M, Signatures...>;

    template <class M>
    static consteval bool takes() noexcept {
        constexpr bool found = detail::message_index<M, Signatures...> < sizeof...(Signatures);
        using Short = detail::InShort<Mine>;
        if constexpr (!found) (void)sizeof(detail::protocol_has_no_message<Short, M>);
        return found;
    }
    template <class M, class R>
    static consteval bool takes_forwarded() noexcept {
        if constexpr (!takes<M>()) {
            return false;
        } else if constexpr (!std::is_same_v<Answer<M>, R>) {
            using Part = Protocol<Answer<M>(M)>;
            (void)sizeof(detail::protocol_answers_message_with_another_type<Part, R>);
            return false;
        } else {
            return true;
        }
    }
    template <class M>
    const detail::ProtocolEntry& entry() const noexcept {
        return table_[detail::message_index<M, Signatures...>];
    }
    template <class M>
    const detail::Descriptor& tell_kind() const noexcept {
        using Payload = detail::PayloadOf<M>;
        if constexpr (detail::PayloadOfMessage<M>::is_shared) {
            static_assert(std::is_copy_constructible_v<Payload>,
                          "through a protocol only what can be copied is shared");
            return *entry<Payload>().tell_shared;
        } else {
            return *entry<Payload>().tell;
        }
    }
    template <class M>
    const detail::Descriptor& ask_kind() const noexcept {
        return *entry<M>().ask;
    }
    template <class M, class>
    const detail::Descriptor& forwarded_kind() const noexcept {
        return *entry<M>().forwarded;
    }

    const detail::ProtocolEntry* table_ = nullptr;
};

}  // namespace greenroom
