#include "child_walk.hpp"

#include <greenroom/actors/detail/cell.hpp>
#include <mutex>

#include "family.hpp"

namespace greenroom::detail {

ChildWalk::~ChildWalk() {
    while (at_ < count_) portion_[at_++]->release();
    if (!is_listed_) return;
    const std::lock_guard held(family_.lock);
    unlist();
}

// False: there are no more.
bool ChildWalk::fill() noexcept {
    if (has_begun_ && !is_listed_) return false;
    at_ = 0;
    count_ = 0;
    const std::lock_guard held(family_.lock);
    if (!has_begun_) rest_ = family_.first_child;
    has_begun_ = true;
    for (; rest_ != nullptr && count_ < portion_max; rest_ = rest_->next_sibling()) {
        rest_->hold();
        portion_[count_++] = rest_;
    }
    if (rest_ == nullptr) {
        if (is_listed_) unlist();
    } else if (!is_listed_) {
        is_listed_ = true;
        other_ = family_.walks;
        family_.walks = this;
    }
    return count_ > 0;
}

void ChildWalk::unlist() noexcept {
    ChildWalk** link = &family_.walks;
    while (*link != this) link = &(*link)->other_;
    *link = other_;
    is_listed_ = false;
}

void ChildWalk::pass_by(const Family& family, const Cell& child) noexcept {
    for (ChildWalk* walk = family.walks; walk != nullptr; walk = walk->other_) {
        if (walk->rest_ == &child) walk->rest_ = child.next_sibling();
    }
}

}  // namespace greenroom::detail
