#include "message_trace.hpp"

#include <chrono>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/core/log.hpp>

namespace greenroom {

namespace {

const char* text_of(TracedMessage::End end) noexcept {
    switch (end) {
        case TracedMessage::End::handled: return "handled";
        case TracedMessage::End::failed: return "failed";
        case TracedMessage::End::cancelled: return "cancelled";
    }
    return "";
}

}  // namespace

std::string to_string(const TracedMessage& traced) {
    using Microseconds = std::chrono::microseconds;
    const auto took = std::chrono::duration_cast<Microseconds>(traced.took).count();
    std::string text = traced.actor + " " + std::to_string(traced.id.number) + ": " +
                       to_string(traced.note) + ": " + text_of(traced.end) + " in " +
                       std::to_string(took) + " us";
    if (!traced.failure.empty()) text += ", " + traced.failure;
    if (traced.left_out == 0) return text;
    return text + " (after " + std::to_string(traced.left_out) + " that were left out)";
}

namespace detail {

void MessageTrace::tell(TracedMessage& traced, TimePoint now) noexcept {
    if (!may_tell(now)) {
        ++since_told_;
        left_out_.add(1);
        return;
    }
    traced.left_out = std::exchange(since_told_, 0);
    told_.add(1);
    if (function_ == nullptr) return log(LogLevel::info, "trace: " + to_string(traced));
    try {
        function_(traced);
    } catch (...) {
        log(LogLevel::error,
            "the function of a trace threw: " + current_failure() + ", for " + to_string(traced));
    }
}

bool MessageTrace::may_tell(TimePoint now) noexcept {
    if (now - second_began_ >= std::chrono::seconds{1}) {
        second_began_ = now;
        in_this_second_ = 0;
    }
    return in_this_second_++ < per_second_max_;
}

}  // namespace detail

}  // namespace greenroom
