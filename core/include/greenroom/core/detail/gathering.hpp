// What gather and race are made of: the types of their results, and groups of functions that end
// before their caller goes on.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/group.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/result.hpp>
#include <greenroom/core/structured.hpp>
#include <iterator>
#include <ranges>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace greenroom {
template <class T>
class Task;
}

namespace greenroom::detail {

template <class F>
using CallResult = std::invoke_result_t<std::remove_reference_t<F>&>;

// void has no place in a tuple.
template <class R>
using Stored = std::conditional_t<std::is_void_v<R>, std::monostate, R>;

template <class T>
inline constexpr bool is_task = false;
template <class T>
inline constexpr bool is_task<Task<T>> = true;

template <class F>
concept Function = std::is_invocable_v < std::remove_reference_t<F>
& > ;
template <class R>
concept Functions = std::ranges::forward_range<R> && Function<std::ranges::range_reference_t<R>>;
template <class R>
concept Tasks = std::ranges::forward_range<R> &&
    is_task<std::remove_cvref_t<std::ranges::range_reference_t<R>>>;

inline GroupRules rules_of(const char* kind, GroupOptions options, bool cancels_usually,
                           bool keeps_all) noexcept {
    using enum GroupOptions::OnFailure;
    const bool cancels =
        options.on_failure == cancel_rest || (options.on_failure == as_usual && cancels_usually);
    return {kind, options.parallel, cancels, keeps_all};
}

// The result of a child that has ended well; throws what it threw, or Error(cancelled).
template <class R>
Stored<R> take_value(Child<R>& child) {
    child->rethrow();
    if constexpr (std::is_void_v<R>) {
        return {};
    } else {
        return child->take();
    }
}

template <class State>
auto result_of_ended(State& state) {
    using R = decltype(state.take());
    if (std::exception_ptr failure = state.failure()) return Result<R>{std::move(failure)};
    if constexpr (std::is_void_v<R>) {
        return Result<R>{};
    } else {
        return Result<R>{state.take()};
    }
}

// Whichever failed first, its exception.
inline void rethrow_first(Group& group) {
    group.mark_seen();
    if (group.first_failure() != nullptr) std::rethrow_exception(group.first_failure());
}

template <class... F>
auto start_all(Group& group, F&... functions) {
    return std::tuple<Child<CallResult<F>>...>{start_child<F&>(group, functions)...};
}

template <class R>
auto start_range(Group& group, R& functions) {
    using F = std::ranges::range_reference_t<R>;
    std::vector<Child<CallResult<F>>> children;
    if constexpr (std::ranges::sized_range<R>) children.reserve(std::ranges::size(functions));
    for (auto&& function : functions) {
        children.push_back(start_child(group, std::forward<F>(function)));
    }
    return children;
}

}  // namespace greenroom::detail
