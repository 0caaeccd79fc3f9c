// HandClock: time that stands still until it is moved.
#pragma once

#include <atomic>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/time.hpp>

namespace greenroom::support {

class HandClock : public Clock {
public:
    TimePoint now() noexcept override { return TimePoint{Duration{time_.load()}}; }
    void move(Duration by) { time_ += by.count(); }

private:
    std::atomic<Duration::rep> time_{1'000'000'000};
};

}  // namespace greenroom::support
