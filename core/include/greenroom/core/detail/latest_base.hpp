// LatestBase: the latest of a row of values, its number, and who waits for the next.
//
// Threads  The members that end in `_locked` need the lock; the others take it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/detail/subscription.hpp>

namespace greenroom::detail {

class LatestBase {
public:
    LatestBase(const LatestBase&) = delete;
    LatestBase& operator=(const LatestBase&) = delete;

    // Ends it: sends fail from now on, receivers see the latest value if they have not yet, and
    // then find the end. Throws Error(closed) if it was closed before.
    void close();
    bool closed() const noexcept;

protected:
    explicit LatestBase(SharedItem first) noexcept : value_{std::move(first)} {}
    ~LatestBase();

    // Throws Error(closed).
    void put(SharedItem value);
    SharedItem value() const noexcept;

private:
    template <class T, class Source>
    friend class Subscription;
    template <class Receives, class Then>
    friend class SubscriptionCase;
    using Step = HandOver::Step;

    static constexpr const char* receiving = "latest receive";  // as a dump says it

    void subscribe(Cursor& cursor) noexcept;
    void unsubscribe(Cursor& cursor) noexcept;
    Step take_locked(Cursor& cursor, SharedItem& item, Resumption& woken) noexcept;

    // Its lock guards all below. Receivers wait only when they have seen the latest value.
    mutable WaitQueue receivers_;
    SharedItem value_;
    std::uint64_t number_ = 0;  // of that value
    std::size_t receiver_count_ = 0;
    bool closed_ = false;
};

}  // namespace greenroom::detail
