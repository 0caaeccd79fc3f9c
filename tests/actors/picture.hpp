// Picture: a payload that counts its lives, and who looks at it; for tests.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "cast.hpp"

namespace greenroom::cast {

struct Counts {
    detail::Atomic<int> made{0};
    detail::Atomic<int> copied{0};
    detail::Atomic<int> destroyed{0};
};

// A payload that counts its lives.
struct Picture {
    explicit Picture(std::shared_ptr<Counts> its_counts) : counts{std::move(its_counts)} {
        counts->made.fetch_add(1);
    }
    Picture(const Picture& other) : counts{other.counts} { counts->copied.fetch_add(1); }
    Picture(Picture&& other) noexcept = default;
    Picture& operator=(const Picture&) = delete;
    ~Picture() {
        if (counts != nullptr) counts->destroyed.fetch_add(1);
    }
    std::shared_ptr<Counts> counts;  // which actors keep longer than a test's body lasts
};

class Viewer : public Actor {
public:
    void on(const Picture& picture) { last_ = &picture; }
    const void* on(Numbers) { return last_; }

private:
    const void* last_ = nullptr;
};

// Wants one of its own.
class Painter : public Actor {
public:
    void on(Picture picture) { mine_.push_back(std::move(picture)); }
    std::size_t on(Numbers) { return mine_.size(); }

private:
    std::vector<Picture> mine_;
};

}  // namespace greenroom::cast
