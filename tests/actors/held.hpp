// Held: a listener that stays in its handler, for tests.
#pragma once

#include <greenroom/core/event.hpp>

#include "cast.hpp"

namespace greenroom::cast {

// A handler of a listener that is held, until it is let go or goes out of scope.
class Held {
public:
    explicit Held(const Ref<Listener>& listener) { listener.tell(Hold{begun_, go_on_, &left_}); }
    ~Held() { let_go(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

    void await() { begun_.wait(); }
    void let_go() {
        go_on_.set();
        left_.wait();
    }

private:
    Event begun_;
    Event go_on_;
    Event left_;
};

}  // namespace greenroom::cast
