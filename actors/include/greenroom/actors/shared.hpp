// Shared: one message for many receivers.
//
//     const greenroom::Shared<Snapshot> snapshot = greenroom::share(Snapshot{...});
//     for (const greenroom::Ref<Client>& client : clients) client.tell(snapshot);
//
// The payload is made once, and destroyed after the last receiver has handled it. A receiver does
// not know: its handler on(const Snapshot&) is given the one that all have; on(Snapshot) gets a
// copy. One that sends it on has on(const Shared<Snapshot>&) beside, which is then called: in just
// this form. What is shared is not changed any more.
//
// Threads  A value like a shared_ptr: copies are independent, one object is not shared without a
//          lock. The payload is destroyed on whatever thread lets go of it last.
#pragma once

#include <greenroom/actors/detail/tell_message.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <utility>

namespace greenroom {

template <class M>
class Shared {
public:
    // By share().
    template <class... Args>
    explicit Shared(std::in_place_t, Args&&... args)
        : block_{&detail::make_pooled<Block>(std::forward<Args>(args)...)} {}
    Shared(const Shared& other) noexcept : block_{other.block_} {
        if (block_ != nullptr) block_->holders.add();
    }
    Shared(Shared&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
    Shared& operator=(Shared other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~Shared() {
        if (block_ != nullptr && block_->holders.drop()) detail::free_message(*block_);
    }

    // Require one that was not moved from.
    const M& operator*() const noexcept { return block_->payload; }
    const M* operator->() const noexcept { return &block_->payload; }

private:
    struct Block {
        template <class... Args>
        explicit Block(Args&&... args)
            : payload(detail::build_message<M>(std::forward<Args>(args)...)) {}
        detail::RefCount holders{1};
        const M payload;
    };

    Block* block_;
};

template <class M>
Shared<std::decay_t<M>> share(M&& message) {
    return Shared<std::decay_t<M>>{std::in_place, std::forward<M>(message)};
}

}  // namespace greenroom
