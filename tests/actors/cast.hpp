// The cast: actors and messages that the tests of this folder share.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/core/event.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace greenroom::cast {

struct Number {
    int value;
};
struct Numbers {};
struct Fail {};
struct Stop {};

// Tells that a handler has begun, and waits in it until it may go on.
struct Hold {
    Event& begun;
    Event& go_on;
    Event* left = nullptr;

    // In the handler.
    void wait() const {
        const struct Leaving {
            Event* left;
            ~Leaving() {
                if (left != nullptr) left->set();
            }
        } leaving{left};
        begun.set();
        go_on.wait();
    }
};

// Keeps the numbers that it is told; may be held, stopped and made to fail.
class Listener : public Actor {
public:
    void on(Number number) { numbers_.push_back(number.value); }
    std::vector<int> on(Numbers) { return numbers_; }
    void on(const Hold& hold) { hold.wait(); }
    void on(Stop) { stop(); }
    int on(Fail) { throw std::runtime_error("no luck"); }

private:
    std::vector<int> numbers_;
};

struct Downs {};

// Watches an actor, and keeps what it hears of its end.
class Watcher : public Actor {
public:
    explicit Watcher(Ref<Actor> watched, int times = 1)
        : watched_{std::move(watched)}, times_{times} {}

    void on_start() override {
        for (int i = 0; i < times_; ++i) watch(this, watched_);
    }
    void on(const Down& down) { downs_.push_back(down); }
    void on(Number) {}
    std::vector<Down> on(Downs) { return downs_; }

private:
    const Ref<Actor> watched_;
    const int times_;
    std::vector<Down> downs_;
};

}  // namespace greenroom::cast
