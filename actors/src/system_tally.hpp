// SystemTally: what each actor's begin and end would count at one place for all workers: how many
// live, their ids, and the references to the system's memory. Counted at one place these would be
// the dearest thing about a short life: so each worker has a share of its own.
//
// Threads   All from any thread. A share is its worker's; who is no worker of the system's runtime
//           counts at the common place.
// Ordering  An actor is counted as ended after all that it did, and as begun before it did
//           anything. alive() reads the ends first: so it may say too much, and never too little.
//           release() of the last comes after all that was done by way of the other references.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <memory>

namespace greenroom::detail {

class SystemTally {
public:
    // One reference is the caller's.
    explicit SystemTally(RuntimeCore& core);

    // Not used before. Of one worker they rise.
    std::uint64_t next_id() noexcept;

    void actor_began() noexcept;
    void actor_ended() noexcept;
    std::uint64_t alive() const noexcept;

    void hold() noexcept;
    // True for the last.
    [[nodiscard]] bool release() noexcept;

    // The runtime's workers have ended. By who has a reference.
    void close() noexcept;

private:
    static constexpr std::uint32_t ids_at_once = 64;
    static constexpr std::uint32_t references_at_once = 64;

    struct alignas(64) Share {
        OwnCounter began;
        OwnCounter ended;
        std::uint64_t next_id = 0;
        std::uint64_t ids_end = 0;
        std::uint32_t references = 0;  // counted in references_, and nobody's now
    };

    // Null: the caller has none.
    Share* share_here() noexcept;

    const RuntimeLink runtime_;
    const std::size_t share_count_;
    const std::unique_ptr<Share[]> shares_;
    Counter ids_;
    Counter alive_;  // less those that ended here and began at a share: so it may be "below zero"
    RefCount references_{1};
};

}  // namespace greenroom::detail
