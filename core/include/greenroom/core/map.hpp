// map: a function for each element of a range, a limited number of them at a time.
//
//   std::vector<Page> pages = map(urls, 8, [](const Url& url) { return fetch(url); });
//
// Structured tasks (structured.hpp), `limit` of them, which take one element after another. Results
// come in the order of the range, and void gives none. The caller goes through the range before the
// first task begins: what a view calls for that may wait and fail, as a filter's function. What it
// calls for an element, as a transform's, runs in the tasks.
//
// Failure       The first error cancels the rest, and is thrown when that has ended.
// Cancellation  A suspension point: a caller that is cancelled cancels all and waits for them. Each
//               task is asked as well before it takes an element.
#pragma once

#include <algorithm>
#include <cstddef>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/gathering.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace greenroom {

namespace detail {

// Where the elements of a range are; made in one walk through it. Any number of tasks may ask.
template <class R>
class Places {
public:
    using Iterator = std::ranges::iterator_t<R>;

    explicit Places(R& range) : first_{std::ranges::begin(range)} {
        if constexpr (is_random_access) {
            count_ = static_cast<std::size_t>(std::ranges::distance(range));
        } else {
            const auto end = std::ranges::end(range);
            for (Iterator each = first_; each != end; ++each) all_.push_back(each);
            count_ = all_.size();
        }
    }

    std::size_t count() const noexcept { return count_; }
    Iterator at(std::size_t index) const {
        if constexpr (is_random_access) {
            return first_ + static_cast<std::ranges::range_difference_t<R>>(index);
        } else {
            return all_[index];
        }
    }

private:
    static constexpr bool is_random_access = std::ranges::random_access_range<R>;

    const Iterator first_;
    std::size_t count_ = 0;
    std::vector<Iterator> all_;  // of a range that has to be gone through
};

// Deals out the elements of a range to those who call work() at once.
template <class R, class F>
class Dealer {
public:
    using Value = std::invoke_result_t<F&, std::ranges::range_reference_t<R>>;
    using Place = std::optional<Stored<Value>>;

    Dealer(R& range, F& function)
        : elements_{range},
          function_{function},
          results_(std::is_void_v<Value> ? 0 : elements_.count()) {}

    std::size_t count() const noexcept { return elements_.count(); }

    void work() {
        for (;;) {
            check_cancellation();
            // relaxed: each gets a number of its own; all else was there before they began.
            const std::size_t mine = next_.fetch_add(1, std::memory_order_relaxed);
            if (mine >= count()) return;
            if constexpr (std::is_void_v<Value>) {
                function_(*elements_.at(mine));
            } else {
                results_[mine].emplace(function_(*elements_.at(mine)));
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
    const Places<R> elements_;
    F& function_;
    Atomic<std::size_t> next_{0};
    std::vector<Place> results_;  // none for void
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
    std::vector<detail::Child<void>> workers;
    workers.reserve(std::min(limit, dealer.count()));
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
