// Diary: what has happened, in order, for tests whose actors write it down.
#pragma once

#include <greenroom/actors/system.hpp>
#include <greenroom/core/deadline.hpp>
#include <mutex>
#include <string>
#include <vector>

#include "support/on_systems.hpp"

namespace greenroom::cast {

// Told by actors on any worker.
class Diary {
public:
    void note(std::string line) {
        const std::lock_guard held(lock_);
        lines_.push_back(std::move(line));
    }
    std::vector<std::string> lines() const {
        const std::lock_guard held(lock_);
        return lines_;
    }
    void clear() {
        const std::lock_guard held(lock_);
        lines_.clear();
    }

private:
    mutable std::mutex lock_;
    std::vector<std::string> lines_;
};

// Its actors end before what they write to.
struct Ending {
    support::SystemStage& stage;
    ~Ending() {
        (void)stage.system.stop(StopPolicy::now, Deadline::after(std::chrono::minutes{1}));
    }
};

inline void until_lines(const Diary& diary, std::size_t count) {
    support::until([&] { return diary.lines().size() >= count; });
}

}  // namespace greenroom::cast
