// MessageTrace: who is told of each message of an actor: see trace.hpp.
//
// Threads  tell() by the actor's turn; counts() by any.
#pragma once

#include <greenroom/actors/trace.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <utility>

namespace greenroom::detail {

class MessageTrace {
public:
    MessageTrace(const TraceOptions& options, TraceFunction function)
        : per_second_max_{options.per_second_max}, function_{std::move(function)} {}

    // One more that ended now; `traced` is told, or counted.
    void tell(TracedMessage& traced, TimePoint now) noexcept;
    TraceCounts counts() const noexcept { return {told_.value(), left_out_.value()}; }

private:
    bool may_tell(TimePoint now) noexcept;

    const std::uint64_t per_second_max_;
    const TraceFunction function_;  // empty: the log
    TimePoint second_began_{};      // these of the turn
    std::uint64_t in_this_second_ = 0;
    std::uint64_t since_told_ = 0;
    Counter told_;
    Counter left_out_;
};

}  // namespace greenroom::detail
