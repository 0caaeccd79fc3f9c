// Counts the mutexes of the operating system that each thread holds, std::mutex among them, for a
// program that links greenroom::os_mutex_check. A greenroom built with GREENROOM_DEBUG_ASSERTS then
// logs each suspension of a fiber that holds one (core/src/os_mutex_watch.hpp).
//
// It stands in front of the C library's functions and calls them. Not seen: mutexes that are
// locked inside of the C library or by code linked to it in another way, reader-writer locks, and
// spin locks. Not beside a sanitizer, which stands at the same place.
#include <dlfcn.h>
#include <pthread.h>

#include <cstdlib>

namespace {

thread_local int held = 0;

template <class Function>
Function* next_of(const char* name) {
    void* const found = ::dlsym(RTLD_NEXT, name);
    if (found == nullptr) std::abort();
    return reinterpret_cast<Function*>(found);
}

}  // namespace

extern "C" {

int* greenroom_os_mutexes_held() noexcept { return &held; }

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    static auto* const next = next_of<int(pthread_mutex_t*)>("pthread_mutex_lock");
    const int result = next(mutex);
    if (result == 0) ++held;
    return result;
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
    static auto* const next = next_of<int(pthread_mutex_t*)>("pthread_mutex_trylock");
    const int result = next(mutex);
    if (result == 0) ++held;
    return result;
}

int pthread_mutex_timedlock(pthread_mutex_t* mutex, const timespec* until) noexcept {
    static auto* const next =
        next_of<int(pthread_mutex_t*, const timespec*)>("pthread_mutex_timedlock");
    const int result = next(mutex, until);
    if (result == 0) ++held;
    return result;
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock,
                            const timespec* until) noexcept {
    static auto* const next =
        next_of<int(pthread_mutex_t*, clockid_t, const timespec*)>("pthread_mutex_clocklock");
    const int result = next(mutex, clock, until);
    if (result == 0) ++held;
    return result;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
    static auto* const next = next_of<int(pthread_mutex_t*)>("pthread_mutex_unlock");
    const int result = next(mutex);
    if (result == 0) --held;
    return result;
}

}  // extern "C"
