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

#include <array>
#include <cstddef>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/detail/protocol_table.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/actors/ref.hpp>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class A>
class WeakRef;

template <class... Signatures>
struct Protocol {};

// What is said of Ref<A> in ref.hpp holds for it.
template <class... Signatures>
class Ref<Protocol<Signatures...>> : public AnyRef {
    using Mine = Protocol<Signatures...>;
    static_assert(detail::all_messages_differ<Signatures...>, "a message occurs twice");

public:
    Ref() noexcept = default;
    // Of an actor that handles all of it.
    template <class A>
    Ref(const Ref<A>& actor) noexcept  // NOLINT: as pointers convert
        : AnyRef{actor}, table_{detail::protocol_table<A, Signatures...>()} {}
    // Of a protocol that has all of it. Throws std::bad_alloc.
    template <class... Others>
    Ref(const Ref<Protocol<Others...>>& other)  // NOLINT: likewise
        : AnyRef{other}, table_{detail::table_part<Mine, Protocol<Others...>>(other.table_)} {}

    template <class Message>
    void tell(Message&& message, Where where = Where::here()) const {
        send<std::decay_t<Message>>(where, std::forward<Message>(message));
    }
    template <class M, class... Args>
        requires(!std::is_reference_v<M> &&
                 !(sizeof...(Args) == 1 && (std::is_same_v<Args, M> && ...)))
    void tell(Args&&... args) const { send<M>(Where{}, std::forward<Args>(args)...); }

    template <class Message>
    Sent try_tell(Message&& message, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (has<detail::PayloadOf<M>>()) {
            return detail::try_tell<M>(*cell(), tell_kind<M>(), where,
                                       std::forward<Message>(message));
        }
    }

    template <class Message>
    auto ask(Message&& message, Duration timeout = default_ask_timeout,
             Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (has<M>()) {
            return detail::ask<M, Answer<M>>(*cell(), *entry<M>().ask, timeout, where,
                                             std::forward<Message>(message));
        }
    }

    template <class Message>
    auto request(Message&& message, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (has<M>()) {
            Promise<Answer<M>> promise;
            auto future = promise.future();
            forward(std::forward<Message>(message), Reply{std::move(promise)}, where);
            return future;
        }
    }

    template <class Message, class R>
    void forward(Message&& message, Reply<R> reply, Where where = Where::here()) const {
        using M = std::decay_t<Message>;
        if constexpr (has<M>()) {
            if constexpr (!std::is_same_v<Answer<M>, R>) {
                (void)sizeof(detail::protocol_answers_message_with_another_type<Mine, M, R>);
            } else {
                detail::forward<M, R>(*cell(), *entry<M>().forwarded, where, std::move(reply),
                                      std::forward<Message>(message));
            }
        }
    }

private:
    template <class>
    friend class Ref;
    template <class>
    friend class WeakRef;

    // Takes over a reference that was counted already.
    Ref(detail::Cell& cell, const detail::ProtocolEntry* table) noexcept
        : AnyRef{cell}, table_{table} {}

    template <class M>
    using Answer = detail::ProtocolAnswer<M, Signatures...>;

    // True; else the compiler names protocol and message.
    template <class M>
    static constexpr bool has() noexcept {
        constexpr bool found = detail::message_index<M, Signatures...> < sizeof...(Signatures);
        if constexpr (!found) (void)sizeof(detail::protocol_has_no_message<Mine, M>);
        return found;
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
    template <class M, class... Args>
    void send(Where where, Args&&... args) const {
        if constexpr (has<detail::PayloadOf<M>>()) {
            detail::tell<M>(*cell(), tell_kind<M>(), where, std::forward<Args>(args)...);
        }
    }

    const detail::ProtocolEntry* table_ = nullptr;
};

}  // namespace greenroom
