// OsMutexWatch: reports a fiber that suspends while it holds a mutex of the operating system.
//
// Whoever locks that mutex on the same worker then blocks the thread that would have to resume the
// holder. The count comes from core/check/os_mutex_check.cpp, if the program has linked it, and is
// the thread's: a fiber takes its own with it across a suspension. In a build without
// GREENROOM_DEBUG_ASSERTS it is nothing.
#pragma once

#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/wait_record.hpp>

namespace greenroom::detail {

#if defined(GREENROOM_DEBUG_ASSERTS) && GREENROOM_DEBUG_ASSERTS

// On the stack of who suspends, around the switch.
class OsMutexWatch {
public:
    OsMutexWatch(const char* who, const WaitReason& why) noexcept;
    ~OsMutexWatch();
    OsMutexWatch(const OsMutexWatch&) = delete;
    OsMutexWatch& operator=(const OsMutexWatch&) = delete;

private:
    int* const count_;  // null: nobody counts
    int held_ = 0;
};

#else

struct OsMutexWatch {
    OsMutexWatch(const char*, const WaitReason&) noexcept {}
};

#endif

}  // namespace greenroom::detail
