// How an actor is made: its cell, its object, its place in the family.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/down_message.hpp>
#include <greenroom/actors/detail/forwarded_message.hpp>
#include <greenroom/actors/detail/maker.hpp>
#include <greenroom/actors/detail/name_watch.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/core/cancellation.hpp>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace greenroom::detail {

// The type whose name an A has in reports.
template <class A>
struct NamedAfter {
    using Type = A;
};

template <class A>
struct TypeOf {
    static constexpr std::size_t alignment = alignof(A) > alignof(Cell) ? alignof(A)
                                                                        : alignof(Cell);
    static constexpr std::size_t offset = (sizeof(Cell) + alignof(A) - 1) / alignof(A) * alignof(A);

    // A null-terminated copy of the class's name.
    static constexpr auto name = [] {
        constexpr std::string_view text = type_name<typename NamedAfter<A>::Type>();
        std::array<char, text.size() + 1> copy{};
        for (std::size_t i = 0; i < text.size(); ++i) copy[i] = text[i];
        return copy;
    }();

    // Of a class that overrides no hook, the member is Actor's, which this friend of it may name.
    // One that may not be named is the class's own, and private.
    static constexpr bool overrides_start = [] {
        if constexpr (requires { &A::on_start; }) {
            return !std::is_same_v<decltype(&A::on_start), void (Actor::*)()>;
        } else {
            return true;
        }
    }();
    static constexpr bool overrides_stop = [] {
        if constexpr (requires { &A::on_stop; }) {
            return !std::is_same_v<decltype(&A::on_stop), void (Actor::*)(const ExitReason&)>;
        } else {
            return true;
        }
    }();

    static void destroy(Actor& actor) { std::destroy_at(static_cast<A*>(&actor)); }

    static constexpr const LinkKind* link_kind = [] {
        if constexpr (handles<A, LinkDown>) {
            return &trapped_link<A>;
        } else {
            return nullptr;
        }
    }();

    static constexpr ActorType type{
        name.data(), &destroy,        offset,         offset + sizeof(A),
        alignment,   overrides_start, overrides_stop, std::is_base_of_v<Process, A>,
        link_kind};
};

// Never defined: see actor_has_no_handler_for_message.
template <class Actor>
struct class_does_not_derive_publicly_from_actor;
template <class Actor, class... Args>
struct actor_has_no_constructor_for_arguments;
template <class Actor, std::size_t number>
struct actor_has_no_constructor_for_these_arguments;

// Of arguments with longer names, an error tells the number: the compiler's next lines have them.
constexpr std::size_t argument_columns_max = 30;

template <class A, class... Args>
constexpr bool can_spawn = std::is_convertible_v<A*, Actor*>&& std::is_constructible_v<A, Args...>;

template <class A, class... Args>
consteval void require_spawn() noexcept {
    if constexpr (!std::is_convertible_v<A*, Actor*>) {
        (void)sizeof(class_does_not_derive_publicly_from_actor<A>);
    } else if constexpr (!std::is_constructible_v<A, Args...>) {
        if constexpr ((type_name<Args>().size() + ... + 0) > argument_columns_max) {
            (void)sizeof(actor_has_no_constructor_for_these_arguments<A, sizeof...(Args)>);
        } else {
            (void)sizeof(actor_has_no_constructor_for_arguments<A, Args...>);
        }
    }
}

// In the spawner's context. `construct` makes the object at the place that it is given.
template <class A, class Construct>
void construct_and_begin(Cell& cell, const Construct& construct) {
    A* actor = nullptr;
    try {
        actor = construct(cell.place());
    } catch (...) {
        cell.abandon();
        throw;
    }
    try {
        cell.begin(*actor);
    } catch (...) {
        const CancellationMask mask;  // nothing unwinds any more, and a destructor may wait
        std::destroy_at(actor);
        cell.abandon();
        throw;
    }
}

template <class A, class... Args>
Ref<A> spawn_actor(SystemCore& system, Cell* parent, const ActorOptions& options, Args&&... args) {
    require_spawn<A, Args...>();
    if constexpr (can_spawn<A, Args...>) {
        Cell& cell = Cell::make(system, TypeOf<A>::type, parent, options);
        construct_and_begin<A>(
            cell, [&](void* place) { return ::new (place) A(std::forward<Args>(args)...); });
        return Ref<A>::adopt(cell);
    } else {
        return {};
    }
}

// Never defined: see actor_has_no_handler_for_message.
template <class Made>
struct function_does_not_make_an_actor;

// An actor that `maker` makes, in its place. Unlike a supervised one it is made once.
template <class F>
Ref<typename MakerOf<F>::Made> spawn_made(SystemCore& system, Cell* parent,
                                          const ActorOptions& options, MakerOf<F>& maker) {
    using A = typename MakerOf<F>::Made;
    Cell& cell = Cell::make(system, TypeOf<A>::type, parent, options);
    construct_and_begin<A>(cell, [&](void* place) { return static_cast<A*>(&maker.make(place)); });
    return Ref<A>::adopt(cell);
}

template <class F>
auto supervise_actor(SystemCore& system, Cell* parent, F&& make, const ChildOptions& options) {
    using A = std::invoke_result_t<F&>;
    if constexpr (!std::is_convertible_v<A*, Actor*>) {
        (void)sizeof(function_does_not_make_an_actor<A>);
    } else {
        auto maker = std::make_unique<MakerOf<F>>(std::move(make));
        Maker& its_maker = *maker;
        Cell& cell = Cell::make(system, TypeOf<A>::type, parent, options.actor);
        construct_and_begin<A>(cell, [&](void* place) {
            cell.be_supervised(std::move(maker), options);
            return static_cast<A*>(&its_maker.make(place));
        });
        return Ref<A>::adopt(cell);
    }
}

}  // namespace greenroom::detail

namespace greenroom {

template <class A, class... Args>
Ref<A> Actor::spawn_with(const ActorOptions& options, Args&&... args) {
    return detail::spawn_actor<A>(cell().system(), &cell(), options, std::forward<Args>(args)...);
}

template <class F>
auto Actor::supervise(F make, const ChildOptions& options) {
    return detail::supervise_actor(cell().system(), &cell(), std::move(make), options);
}

template <class Me>
WatchId Actor::watch(const Me* me, const AnyRef& watched) {
    detail::require_handler<Me, Down>();
    if constexpr (detail::handles<Me, Down>) {
        using Node = detail::TypedDownMessage<Me, Down>;
        return watched.cell()->watch(detail::make_pooled<Node>(*self(me).cell(), *watched.cell()));
    } else {
        return {};
    }
}

template <class Me, class M>
void Actor::stash(const Me* me, M message) {
    detail::require_handler<Me, M>();
    GREENROOM_ASSERT(static_cast<const Actor*>(me) == this);
    if constexpr (detail::handles<Me, M>) {
        cell().keep(detail::make_message<detail::TellMessage<M>>(detail::tell_descriptor<Me, M>,
                                                                 std::move(message)));
    }
}

template <class Me, class M, class R>
void Actor::stash(const Me* me, M message, Reply<R> reply) {
    detail::require_answer<Me, M, R>();
    GREENROOM_ASSERT(static_cast<const Actor*>(me) == this);
    if constexpr (detail::answers<Me, M, R>) {
        const Where asked_at = reply.asked_at();
        cell().keep(detail::make_message<detail::ForwardedMessage<M, R>>(
            detail::forwarded_descriptor<Me, M, R>, asked_at, std::move(reply),
            std::move(message)));
    }
}

template <class Me, class M>
ActorTimer Actor::start_timer(const Me* me, detail::TimerMessage::Repeats repeats, Duration period,
                              MissedTicks missed, M&& message) {
    detail::require_handler<Me, M>();
    GREENROOM_ASSERT(static_cast<const Actor*>(me) == this);
    if constexpr (detail::handles<Me, M>) {
        auto& timer =
            detail::make_timer<Me>(cell(), repeats, period, missed, std::forward<M>(message));
        timer.start_after(period);
        return ActorTimer{timer};
    }
}

template <class Me, class M>
ActorTimer Actor::start_timer(const Me* me, Duration delay, M message) {
    return start_timer(me, detail::TimerMessage::Repeats::never, delay, MissedTicks::skip,
                       std::move(message));
}

template <class Me, class M>
ActorTimer Actor::start_periodic_timer(const Me* me, Duration period, M message,
                                       MissedTicks missed) {
    GREENROOM_ASSERT(period > Duration::zero());
    static_assert(detail::takes_shared<Me, M>, "what comes again and again can be copied");
    return start_timer(me, detail::TimerMessage::Repeats::each_period, period, missed,
                       std::move(message));
}

template <class Me, class M>
ActorTimer Actor::start_idle_timer(const Me* me, Duration timeout, M message) {
    GREENROOM_ASSERT(timeout > Duration::zero());
    static_assert(detail::takes_shared<Me, M>, "what comes again and again can be copied");
    (void)cell().last_message();
    return start_timer(me, detail::TimerMessage::Repeats::when_idle, timeout, MissedTicks::skip,
                       std::move(message));
}

template <class Me>
void Actor::watch_name(const Me* me, std::string_view name) {
    detail::require_handler<Me, NameRegistered>();
    detail::require_handler<Me, NameFreed>();
    if constexpr (detail::handles<Me, NameRegistered> && detail::handles<Me, NameFreed>) {
        detail::Cell& mine = *self(me).cell();
        detail::CellNames::watch(
            mine, std::make_unique<detail::NameWatch>(detail::name_news_kind<Me>, mine, name));
    }
}

}  // namespace greenroom
