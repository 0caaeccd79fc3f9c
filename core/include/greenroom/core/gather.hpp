// gather, gather_results: several functions at once, and all their results.
//
//   auto [price, stock] = gather([&] { return prices.ask(PriceOf{sku}); },
//                                [&] { return stocks.ask(StockOf{sku}); });
//
// Each function is a structured task (structured.hpp): it runs on the caller's worker, as the
// caller. Results come in the order of the functions, whichever ended first; a pack gives a tuple,
// with std::monostate for void, a range a vector, and void alone nothing.
//
// Failure       The first error is thrown when all have ended: the others go on to their ends, or,
//               with gather(fail_fast, ...), are cancelled and awaited. gather_results() throws
//               nothing: it tells how each ended.
// Cancellation  A suspension point. A caller that is cancelled cancels all, waits for them, and
//               goes on with Cancelled.
// Errors        Without a stack to wait on, all that opens a group throws StacksExhausted, and has
//               started nothing.
// Tasks         Of Tasks, which the caller has spawned and keeps, gather throws the first error at
//               once, and the others go on; is the caller cancelled, so are they.
#pragma once

#include <greenroom/core/detail/gathering.hpp>
#include <greenroom/core/detail/task_watch.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

template <detail::Function... F>
auto gather(GroupOptions options, F&&... functions) {
    detail::Group group{detail::rules_of("gather", options, false, false), {"gather", 0}};
    auto children = detail::start_all(group, functions...);
    group.join();
    detail::rethrow_first(group);
    using Values = std::tuple<detail::Stored<detail::CallResult<F>>...>;
    return std::apply(
        [](auto&... child) {
            [[maybe_unused]] Values values{detail::take_value(child)...};
            if constexpr (!(std::is_void_v<detail::CallResult<F>> && ...)) return values;
        },
        children);
}

template <detail::Function... F>
auto gather(F&&... functions) {
    return gather(GroupOptions{}, functions...);
}

// How each of them ended: a Result of each, in order.
template <detail::Function... F>
auto gather_results(GroupOptions options, F&&... functions) {
    detail::Group group{detail::rules_of("gather", options, false, false), {"gather", 0}};
    auto children = detail::start_all(group, functions...);
    group.join();
    using Results = std::tuple<Result<detail::CallResult<F>>...>;
    return std::apply([](auto&... child) { return Results{detail::result_of_ended(*child)...}; },
                      children);
}

template <detail::Function... F>
auto gather_results(F&&... functions) {
    return gather_results(GroupOptions{}, functions...);
}

// The same of a range of functions.
template <detail::Functions R>
auto gather(GroupOptions options, R&& functions, Where where = Where::here()) {
    using Value = detail::CallResult<std::ranges::range_reference_t<R>>;
    detail::Group group{detail::rules_of("gather", options, false, false), where};
    auto children = detail::start_range(group, functions);
    group.join();
    detail::rethrow_first(group);
    if constexpr (std::is_void_v<Value>) {
        for (auto& child : children) child->rethrow();
    } else {
        std::vector<Value> results;
        results.reserve(children.size());
        for (auto& child : children) results.push_back(detail::take_value(child));
        return results;
    }
}

template <detail::Functions R>
auto gather(R&& functions, Where where = Where::here()) {
    return gather(GroupOptions{}, functions, where);
}

template <detail::Functions R>
auto gather_results(GroupOptions options, R&& functions, Where where = Where::here()) {
    using Value = detail::CallResult<std::ranges::range_reference_t<R>>;
    detail::Group group{detail::rules_of("gather", options, false, false), where};
    auto children = detail::start_range(group, functions);
    group.join();
    std::vector<Result<Value>> results;
    results.reserve(children.size());
    for (auto& child : children) results.push_back(detail::result_of_ended(*child));
    return results;
}

template <detail::Functions R>
auto gather_results(R&& functions, Where where = Where::here()) {
    return gather_results(GroupOptions{}, functions, where);
}

namespace detail {

// Waits until all have ended or one has failed, which it throws. Cancels all, and awaits them, if
// the caller is cancelled.
void await_all(const std::vector<TaskState*>& tasks, Where where);

}  // namespace detail

// The results of `tasks`, which are then used up. If one has failed, its error at once, and the
// tasks are as they were.
template <detail::Tasks R>
auto gather(R&& tasks, Where where = Where::here()) {
    using Value = decltype(std::ranges::begin(tasks)->get());
    std::vector<detail::TaskState*> states;
    for (auto& task : tasks) states.push_back(&detail::state_of(task));
    detail::await_all(states, where);
    if constexpr (std::is_void_v<Value>) {
        for (auto& task : tasks) task.get(where);
    } else {
        std::vector<Value> results;
        results.reserve(states.size());
        for (auto& task : tasks) results.push_back(task.get(where));
        return results;
    }
}

}  // namespace greenroom
