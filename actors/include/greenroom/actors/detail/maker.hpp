// Maker: what makes the object of a supervised actor, at its start and at each restart.
#pragma once

#include <new>
#include <type_traits>
#include <utility>

namespace greenroom {
class Actor;
}

namespace greenroom::detail {

class Maker {
public:
    Maker() noexcept = default;
    virtual ~Maker() = default;
    Maker(const Maker&) = delete;
    Maker& operator=(const Maker&) = delete;

    // At `place`, which is large enough. Throws what the user's function or the constructor throws.
    virtual Actor& make(void* place) = 0;
};

template <class F>
class MakerOf final : public Maker {
public:
    using Made = std::invoke_result_t<F&>;

    explicit MakerOf(F function) : function_{std::move(function)} {}
    // What the function returns is made in its place: an actor is never moved.
    Actor& make(void* place) override { return *::new (place) Made(function_()); }

private:
    F function_;
};

}  // namespace greenroom::detail
