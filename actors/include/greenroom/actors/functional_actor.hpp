// FunctionalActor: an actor that is a set of functions, for what needs no class.
//
//     auto counter = system.spawn_functional(
//         [count = 0](Add add) mutable { count += add.value; },   // state of one function,
//         [](greenroom::FunctionalActor& self, Quit) { self.stop(); });
//
//     auto total = std::make_shared<int>(0);                       // or of several
//     auto sum = system.spawn_functional([total](Add add) { *total += add.value; },
//                                        [total](Total) { return *total; });
//
// Each function handles the message that it takes, by value, const reference or rvalue reference,
// behind a FunctionalActor& if it wants one; it returns the answer, or takes a Reply last. What
// spawn_functional returns is a Ref<Protocol<R(M)...>> of them all, in their order.
//
// Threads   They are called one at a time, as handlers are; no two actors share their captures,
//           unless these are pointers.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/function_parts.hpp>
#include <greenroom/actors/protocol.hpp>
#include <tuple>
#include <type_traits>
#include <utility>

namespace greenroom {

// What a function may do as the actor that it belongs to.
class FunctionalActor : public Actor {
public:
    using Actor::id;
    using Actor::spawn;
    using Actor::spawn_functional;
    using Actor::spawn_process;
    using Actor::spawn_with;
    using Actor::stop;
    using Actor::system;

    // Has a Down sent to this actor when `watched` ends. Throws
    // Error(operation_not_supported) if none of its functions takes a Down.
    virtual void watch(const AnyRef& watched) = 0;

protected:
    FunctionalActor() noexcept = default;
};

namespace detail {

[[noreturn]] void throw_no_function_of_down();

template <class... Fs>
class ActorOfFunctions final : public FunctionalActor {
public:
    explicit ActorOfFunctions(Fs... functions) : functions_{std::move(functions)...} {}

    void watch(const AnyRef& watched) override {
        if constexpr (function_of<Down, Fs...> < sizeof...(Fs)) {
            Actor::watch(this, watched);
        } else {
            throw_no_function_of_down();
        }
    }

    using Interface =
        Protocol<HandlerSignature<ActorOfFunctions, typename FunctionParts<Fs>::Message>...>;

private:
    friend struct Handlers<ActorOfFunctions>;

    std::tuple<Fs...> functions_;
};

// The names of lambdas say little: it is named after its messages.
template <class... Messages>
struct FunctionsOf;
template <class... Fs>
struct NamedAfter<ActorOfFunctions<Fs...>> {
    using Type = FunctionsOf<typename FunctionParts<Fs>::Message...>;
};

template <class... Fs>
struct Handlers<ActorOfFunctions<Fs...>> {
    template <class M>
    static constexpr auto find() noexcept {
        constexpr std::size_t index = function_of<M, Fs...>;
        if constexpr (index == sizeof...(Fs)) {
            return HandlerOf<void, Takes::nothing>{};
        } else {
            return typename FunctionParts<std::tuple_element_t<index, std::tuple<Fs...>>>::Found{};
        }
    }
    template <class M>
    using Of = decltype(find<M>());

    template <class M, class... ReplyOrNothing>
    static decltype(auto) call(Actor& actor, M& message, ReplyOrNothing&&... reply) {
        constexpr std::size_t index = function_of<std::remove_const_t<M>, Fs...>;
        using F = std::tuple_element_t<index, std::tuple<Fs...>>;
        auto& mine = static_cast<ActorOfFunctions<Fs...>&>(actor);
        F& function = std::get<index>(mine.functions_);
        if constexpr (FunctionParts<F>::takes_self) {
            return function(static_cast<FunctionalActor&>(mine), std::move(message),
                            std::forward<ReplyOrNothing>(reply)...);
        } else {
            return function(std::move(message), std::forward<ReplyOrNothing>(reply)...);
        }
    }
};

template <class... Fs>
auto spawn_functional(SystemCore& system, Cell* parent, const ActorOptions& options,
                      Fs&&... functions) {
    if constexpr ((require_message_function<std::decay_t<Fs>>() && ...)) {
        using Made = ActorOfFunctions<std::decay_t<Fs>...>;
        return Ref<typename Made::Interface>{
            spawn_actor<Made>(system, parent, options, std::forward<Fs>(functions)...)};
    }
}

}  // namespace detail

template <class... Fs>
auto Actor::spawn_functional(Fs&&... functions) {
    return detail::spawn_functional(cell().system(), &cell(), ActorOptions{},
                                    std::forward<Fs>(functions)...);
}

}  // namespace greenroom
