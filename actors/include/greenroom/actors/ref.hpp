// Ref: a reference to an actor: what messages are sent to.
//
//     account.tell(Deposit{25});
//     int cents = account.ask(Balance{}, 1s);
//
// What can be done with it is said in typed_ref.hpp (tell, ask, request, forward) and in
// any_ref.hpp (stop, compare, print). When the last Ref drops, the actor lives on, since its parent
// owns it, or stops, if its ActorOptions say so. A Ref may outlive its System: a tell is then a
// dead letter, an ask fails. A Ref of a protocol: protocol.hpp. One that is no reason to live:
// weak_ref.hpp.
#pragma once

#include <concepts>
#include <functional>
#include <greenroom/actors/typed_ref.hpp>

namespace greenroom {

template <class A>
class Ref : public TypedRef<Ref<A>> {
public:
    // Refers to nobody.
    Ref() noexcept = default;
    // To a base class of the actor's.
    template <std::derived_from<A> B>
    Ref(const Ref<B>& other) noexcept : TypedRef<Ref>{other} {}  // NOLINT: as pointers convert

    // For the library: takes over a reference that was counted already.
    static Ref adopt(detail::Cell& cell) noexcept { return Ref{cell}; }

private:
    friend class TypedRef<Ref>;

    explicit Ref(detail::Cell& cell) noexcept : TypedRef<Ref>{cell} {}

    template <class M>
    using Answer = detail::Answer<A, M>;

    template <class M>
    static consteval bool takes() noexcept {
        detail::require_handler<A, M>();
        return detail::handles<A, M>;
    }
    template <class M, class R>
    static consteval bool takes_forwarded() noexcept {
        detail::require_answer<A, M, R>();
        return detail::answers<A, M, R>;
    }
    template <class M>
    static constexpr const detail::Descriptor& tell_kind() noexcept {
        return detail::tell_descriptor<A, M>;
    }
    template <class M>
    static constexpr const detail::Descriptor& ask_kind() noexcept {
        return detail::ask_descriptor<A, M, Answer<M>>;
    }
    template <class M, class R>
    static constexpr const detail::Descriptor& forwarded_kind() noexcept {
        return detail::forwarded_descriptor<A, M, R>;
    }
};

}  // namespace greenroom

template <class A>
struct std::hash<greenroom::Ref<A>> : std::hash<greenroom::AnyRef> {};
