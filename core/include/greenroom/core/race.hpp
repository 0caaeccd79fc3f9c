// race: several functions at once, and the result of the one that ends first.
//
//   std::string page = race([&] { return fetch(near); }, [&] { return fetch(far); });
//
// Each is a structured task (structured.hpp). The first to end, well or with an error, has won: the
// rest is cancelled and awaited, and what it returns or throws is dropped. All of one type give
// that type, void the winner's index, and several types a variant.
//
// Cancellation  A suspension point: a caller that is cancelled cancels all and waits for them.
#pragma once

#include <greenroom/core/detail/gathering.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

namespace detail {

template <class First, class... Rest>
inline constexpr bool all_same = (std::is_same_v<First, Rest> && ...);

// The first to end; the rest has ended as well.
inline ChildState& winner(Group& group) {
    ChildState* const first = group.next(Deadline::never());
    GREENROOM_ASSERT(first != nullptr);
    group.cancel();
    group.join_masked();
    group.mark_seen();
    first->mark_seen();
    return *first;
}

// Lets go of the group's reference to the winner.
struct Winner {
    explicit Winner(Group& group) : state{winner(group)} {}
    ~Winner() { TaskState::release_handle(state); }
    Winner(const Winner&) = delete;
    Winner& operator=(const Winner&) = delete;
    ChildState& state;
};

template <class Variant, std::size_t i = 0, class Children>
Variant value_of(const ChildState& winner, Children& children) {
    auto& child = std::get<i>(children);
    if constexpr (i + 1 < std::tuple_size_v<Children>) {
        if (&winner != &*child) return value_of<Variant, i + 1>(winner, children);
    }
    return Variant{std::in_place_index<i>, take_value(child)};
}

}  // namespace detail

template <detail::Function... F>
    requires(sizeof...(F) > 0)
auto race(GroupOptions options, F&&... functions) {
    detail::Group group{detail::rules_of("race", options, false, true), {"race", 0}};
    auto children = detail::start_all(group, functions...);
    const detail::Winner won{group};
    using Value = std::variant<detail::Stored<detail::CallResult<F>>...>;
    auto value = detail::value_of<Value>(won.state, children);
    if constexpr ((std::is_void_v<detail::CallResult<F>> && ...)) {
        return value.index();
    } else if constexpr (detail::all_same<detail::CallResult<F>...>) {
        return std::visit([](auto& one) { return std::move(one); }, value);
    } else {
        return value;
    }
}

template <detail::Function... F>
    requires(sizeof...(F) > 0)
auto race(F&&... functions) { return race(GroupOptions{}, functions...); }

// Of a range, which must not be empty (asserted).
template <detail::Functions R>
auto race(GroupOptions options, R&& functions, Where where = Where::here()) {
    detail::Group group{detail::rules_of("race", options, false, true), where};
    auto children = detail::start_range(group, functions);
    const detail::Winner won{group};
    std::size_t index = 0;
    while (&*children[index] != &won.state) ++index;
    if constexpr (std::is_void_v<detail::CallResult<std::ranges::range_reference_t<R>>>) {
        children[index]->rethrow();
        return index;
    } else {
        return detail::take_value(children[index]);
    }
}

template <detail::Functions R>
auto race(R&& functions, Where where = Where::here()) {
    return race(GroupOptions{}, functions, where);
}

}  // namespace greenroom
