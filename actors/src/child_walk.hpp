// ChildWalk: goes through the children of a family, in portions: their ends, which need the
// family's lock, wait for one portion at most, however many there are.
//
//   for (ChildWalk walk{family}; Cell* const child = walk.next();) { ...; child->release(); }
//
// It meets all that are there when it begins and have not left when it comes to them; the youngest
// first; none that came later.
//
// Threads  Each belongs to who walks; several may walk through one family. The family outlives it.
#pragma once

#include <array>
#include <cstddef>

namespace greenroom::detail {

class Cell;
struct Family;

class ChildWalk {
public:
    static constexpr std::size_t portion_max = 64;

    explicit ChildWalk(const Family& family) noexcept : family_{family} {}
    ~ChildWalk();
    ChildWalk(const ChildWalk&) = delete;
    ChildWalk& operator=(const ChildWalk&) = delete;

    // One more, with a reference; it may have left by now. Null: that was the last.
    Cell* next() noexcept { return at_ < count_ || fill() ? portion_[at_++] : nullptr; }

    // A child leaves: walks that would go on with it go on with the one after it. Under the
    // family's lock.
    static void pass_by(const Family& family, const Cell& child) noexcept;

private:
    bool fill() noexcept;
    void unlist() noexcept;  // under the family's lock

    const Family& family_;
    std::array<Cell*, portion_max> portion_;
    std::size_t at_ = 0;
    std::size_t count_ = 0;
    bool has_begun_ = false;
    bool is_listed_ = false;      // among the family's walks
    Cell* rest_ = nullptr;        // the first that is in no portion yet; under the family's lock
    ChildWalk* other_ = nullptr;  // of the same family; likewise
};

}  // namespace greenroom::detail
