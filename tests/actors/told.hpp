// Told: what a system has told of overloads, and how it came to them, for tests.
#pragma once

#include <greenroom/actors/system.hpp>
#include <memory>
#include <mutex>
#include <vector>

namespace greenroom::cast {

// What the hook was given. It outlives the system.
class Told {
public:
    void add(const Overload& overload) {
        const std::lock_guard held(mutex_);
        all_.push_back(overload);
    }
    std::vector<Overload> copy() const {
        const std::lock_guard held(mutex_);
        return all_;
    }
    void clear() {
        const std::lock_guard held(mutex_);
        all_.clear();
    }

private:
    mutable std::mutex mutex_;  // never held across a suspension
    std::vector<Overload> all_;
};

inline SystemOptions telling(const std::shared_ptr<Told>& told) {
    SystemOptions options;
    options.on_overload = [told](const Overload& overload) { told->add(overload); };
    return options;
}

// Sends so many times, and counts what a full mailbox refuses.
template <class Send>
int refused_of(int count, const Send& send) {
    int refused = 0;
    for (int i = 0; i < count; ++i) {
        try {
            send(i);
        } catch (const MailboxFull&) {
            ++refused;
        }
    }
    return refused;
}

}  // namespace greenroom::cast
