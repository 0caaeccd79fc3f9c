#include "long_handlers.hpp"

namespace greenroom::detail {

void LongHandlers::begin(Duration time_max) noexcept {
    time_max_ = time_max;
    log_.emplace(silence);
}

void LongHandlers::tell(const std::string& runtime, int worker, const char* name,
                        Duration time) noexcept {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    log_->log(LogLevel::warning, [&] {
        return std::string{name == nullptr ? "something unnamed" : name} + " has held worker " +
               std::to_string(worker) + " of \"" + runtime + "\" for " + std::to_string(ms) +
               " ms without a wait: all that is bound to it stands still";
    });
}

}  // namespace greenroom::detail
