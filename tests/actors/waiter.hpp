// Waiter: an actor that waits in vain, and what its end leaves behind; for tests.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/actor.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/mutex.hpp>
#include <greenroom/core/semaphore.hpp>
#include <greenroom/core/sleep.hpp>
#include <string_view>
#include <utility>

#include "cast.hpp"

namespace greenroom::cast {

using namespace std::chrono_literals;

// What an actor's end leaves behind. Outlives the system's actors of one play.
struct Record {
    std::atomic<int> unwound{0};
    std::atomic<int> stopped{0};
    std::atomic<int> destroyed{0};
    std::atomic<int> cancelled{0};
};

struct Wait {
    std::string_view what;
};

// What a handler may wait for in vain.
struct Vain {
    Mutex mutex;
    Semaphore permits{0};
    Event event;
    Channel<int> empty{1};
    Channel<int> full{1};
};

class Waiter : public Actor {
public:
    Waiter(Record& record, Vain& vain, Ref<Listener> mute)
        : record_{record}, vain_{vain}, mute_{std::move(mute)} {}
    ~Waiter() override { record_.destroyed.fetch_add(1); }

    void on(Wait wait) {
        struct Guard {
            Record& record;
            ~Guard() { record.unwound.fetch_add(1); }
        };
        const Guard guard{record_};
        try {
            wait_for(wait.what);
        } catch (const Cancelled&) {
            record_.cancelled.fetch_add(1);
            throw;
        }
    }
    void on(Number) { ADD_FAILURE() << "handled after the stop"; }
    void on_stop(const ExitReason&) override { record_.stopped.fetch_add(1); }

private:
    void wait_for(std::string_view what) {
        if (what == "ask") mute_.ask(Numbers{}, 10h);
        if (what == "sleep") sleep_for(10h);
        if (what == "mutex") const Lock lock{vain_.mutex};
        if (what == "semaphore") vain_.permits.acquire();
        if (what == "event") vain_.event.wait();
        if (what == "receive") (void)vain_.empty.receive();
        if (what == "send") vain_.full.send(2);
    }

    Record& record_;
    Vain& vain_;
    const Ref<Listener> mute_;
};

}  // namespace greenroom::cast
