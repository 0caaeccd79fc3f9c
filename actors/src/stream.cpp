#include <greenroom/actors/stream.hpp>
#include <stdexcept>
#include <string>

#include "system_core.hpp"

namespace greenroom::detail {

void require_valid(const StreamOptions& options) {
    if (options.credit >= 1 && options.credit <= StreamOptions::credit_max) return;
    throw std::invalid_argument{"StreamOptions::credit is " + std::to_string(options.credit) +
                                "; it is 1 to " + std::to_string(StreamOptions::credit_max)};
}

void count_stream_wait(const Cell* producer) noexcept {
    if (producer != nullptr) producer->system().stream_waits.add(1);
}

void count_abandoned_stream(const Cell* producer) noexcept {
    if (producer != nullptr) producer->system().abandoned_streams.add(1);
}

}  // namespace greenroom::detail
