// ReceiveIterator: what a range-for over a channel, or over what is like one, receives one by one.
#pragma once

#include <cstddef>
#include <greenroom/core/where.hpp>
#include <iterator>
#include <optional>

namespace greenroom::detail {

template <class Receives>
class ReceiveIterator {
public:
    using value_type = typename Receives::Item;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    ReceiveIterator(Receives& from, Where where) : from_{&from}, where_{where} { ++*this; }

    value_type& operator*() const noexcept { return *item_; }
    ReceiveIterator& operator++() {
        item_ = from_->receive(where_);
        return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const ReceiveIterator& iterator, std::default_sentinel_t) noexcept {
        return !iterator.item_.has_value();
    }

private:
    Receives* from_;
    Where where_;
    mutable std::optional<value_type> item_;
};

}  // namespace greenroom::detail
