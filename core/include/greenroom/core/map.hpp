// map: a function for each element of a range, a limited number of them at a time.
//
//   std::vector<Page> pages = map(urls, 8, [](const Url& url) { return fetch(url); });
//
// Structured tasks (structured.hpp), `limit` of them, which take one element after another. Results
// come in the order of the range, and void gives none. The functions of a view may wait: the range
// is gone through twice, first for its size, and then by one task at a time.
//
// Failure       The first error cancels the rest, and is thrown when that has ended.
// Cancellation  A suspension point: a caller that is cancelled cancels all and waits for them. Each
//               task is asked as well before it takes an element.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/gathering.hpp>
#include <greenroom/core/lock.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace greenroom {

namespace detail {

// Deals out the elements of a range to those who call work() at once.
template <class R, class F>
class Dealer {
public:
    using Iterator = std::ranges::iterator_t<R>;
    using Value = std::invoke_result_t<F&, std::ranges::range_reference_t<R>>;
    using Place = std::optional<Stored<Value>>;

    Dealer(R& range, F& function)
        : next_{std::ranges::begin(range)}, end_{std::ranges::end(range)}, function_{function} {}

    void work() {
        for (;;) {
            check_cancellation();
            Lock held{lock_};
            if (next_ == end_) return;
            const Iterator mine = next_++;
            Place& place = results_.emplace_back();
            held.unlock();
            if constexpr (std::is_void_v<Value>) {
                function_(*mine);
                place.emplace();
            } else {
                place.emplace(function_(*mine));
            }
        }
    }

    auto take() {
        if constexpr (!std::is_void_v<Value>) {
            std::vector<Value> values;
            values.reserve(results_.size());
            for (Place& place : results_) values.push_back(std::move(*place));
            return values;
        }
    }

private:
    Mutex lock_;  // the range may be a view whose functions wait
    Iterator next_;
    const std::ranges::sentinel_t<R> end_;
    F& function_;
    std::deque<Place> results_;  // its elements stay where they are
};

}  // namespace detail

// Requires limit > 0 (asserted). `function` takes an element as the range gives it.
template <std::ranges::forward_range R, class F>
auto map(GroupOptions options, R&& range, std::size_t limit, F function,
         Where where = Where::here()) {
    GREENROOM_ASSERT(limit > 0);
    detail::Dealer<std::remove_reference_t<R>, F> dealer{range, function};
    detail::Group group{detail::rules_of("map", options, true, false), where};
    const auto work = [&dealer] { dealer.work(); };
    const auto elements = static_cast<std::size_t>(std::ranges::distance(range));
    std::vector<detail::Child<void>> workers;
    workers.reserve(std::min(limit, elements));
    while (workers.size() < workers.capacity()) {
        workers.push_back(detail::start_child(group, work));
    }
    group.join();
    detail::rethrow_first(group);
    for (auto& each : workers) (*each).rethrow();  // cancelled: it has left elements undone
    return dealer.take();
}

template <std::ranges::forward_range R, class F>
auto map(R&& range, std::size_t limit, F function, Where where = Where::here()) {
    return map(GroupOptions{}, range, limit, std::move(function), where);
}

}  // namespace greenroom
