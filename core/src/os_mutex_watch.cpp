#include "os_mutex_watch.hpp"

#include <greenroom/core/log.hpp>
#include <string>
#include <utility>

#if defined(GREENROOM_DEBUG_ASSERTS) && GREENROOM_DEBUG_ASSERTS

extern "C" [[gnu::weak]] int* greenroom_os_mutexes_held() noexcept;

namespace greenroom::detail {

OsMutexWatch::OsMutexWatch(const char* who, const WaitReason& why) noexcept
    : count_{greenroom_os_mutexes_held != nullptr ? greenroom_os_mutexes_held() : nullptr} {
    if (count_ == nullptr) return;
    held_ = std::exchange(*count_, 0);
    if (held_ == 0) return;
    log(LogLevel::error, std::string{who} + " waits for " + why.kind + " at " + why.where.file +
                             ":" + std::to_string(why.where.line) + " and holds " +
                             std::to_string(held_) +
                             " mutex of the operating system: whoever locks it on this worker "
                             "blocks the thread that would resume the holder");
}

OsMutexWatch::~OsMutexWatch() {
    if (count_ != nullptr) *count_ = held_;
}

}  // namespace greenroom::detail

#endif
