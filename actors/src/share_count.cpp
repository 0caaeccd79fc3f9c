#include "share_count.hpp"

#include <algorithm>
#include <span>
#include <string>

namespace greenroom::detail {

void ShareCount::add(std::string_view name) noexcept {
    ++total_;
    const auto known = std::span{shares_}.first(used_);
    const auto found = std::ranges::find(known, name, &Share::name);
    if (found != known.end()) {
        ++found->count;
    } else if (used_ < names_max) {
        shares_[used_++] = {name, 1};
    }
}

std::vector<OverloadShare> ShareCount::top() const {
    auto sorted = shares_;
    std::ranges::stable_sort(sorted, std::ranges::greater{}, &Share::count);
    std::vector<OverloadShare> found;
    for (std::size_t i = 0; i < std::min(used_, top_max); ++i) {
        found.push_back({std::string{sorted[i].name}, sorted[i].count});
    }
    return found;
}

}  // namespace greenroom::detail
