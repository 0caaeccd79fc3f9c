// Lock, SharedLock: hold a mutex for a scope, and name the line that waits for it in dumps.
//
// The standard's guards work as well (std::lock_guard, std::unique_lock, std::scoped_lock,
// std::shared_lock); a dump then shows a line of the standard's headers.
#pragma once

#include <greenroom/core/where.hpp>

namespace greenroom {

// Of a Mutex, or of a SharedMutex for itself alone.
template <class M>
class [[nodiscard]] Lock {
public:
    explicit Lock(M& mutex, Where where = Where::here()) : mutex_{mutex} { lock(where); }
    ~Lock() {
        if (owns_) mutex_.unlock();
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

    // For a scope that lets go of it meanwhile.
    void lock(Where where = Where::here()) {
        mutex_.lock(where);
        owns_ = true;
    }
    void unlock() {
        owns_ = false;
        mutex_.unlock();
    }

    bool owns_lock() const noexcept { return owns_; }
    M& mutex() const noexcept { return mutex_; }

private:
    M& mutex_;
    bool owns_ = false;
};

// Of a SharedMutex, together with others who only read.
template <class M>
class [[nodiscard]] SharedLock {
public:
    explicit SharedLock(M& mutex, Where where = Where::here()) : mutex_{mutex} {
        mutex_.lock_shared(where);
    }
    ~SharedLock() { mutex_.unlock_shared(); }
    SharedLock(const SharedLock&) = delete;
    SharedLock& operator=(const SharedLock&) = delete;

private:
    M& mutex_;
};

}  // namespace greenroom
