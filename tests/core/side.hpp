// Side: a function on a stack of its own, which the test enters with resume() and which comes back
// with suspend(). When the function returns, the side has ended, and may not be resumed.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "context.hpp"

namespace greenroom::detail {

class Side {
public:
    explicit Side(std::function<void(Side&)> function) : function_{std::move(function)} {}
    Side(const Side&) = delete;
    Side& operator=(const Side&) = delete;

    void resume() {
        ASSERT_FALSE(ended_);
        home_.switch_to(context_);
    }
    void suspend() { context_.switch_to(home_); }
    bool ended() const { return ended_; }
    const Context& context() const { return context_; }
    StackBounds stack() const { return {memory_.get(), stack_bytes}; }

private:
    static constexpr std::size_t stack_bytes = std::size_t{256} * 1024;  // sanitizers are hungry

    static void run(void* argument) {
        Side& self = *static_cast<Side*>(argument);
        self.function_(self);
        self.function_ = nullptr;
        self.ended_ = true;
        for (;;) self.suspend();
    }

    std::function<void(Side&)> function_;
    std::unique_ptr<std::byte[]> memory_{new std::byte[stack_bytes]};
    bool ended_ = false;
    Context home_;
    Context context_{{memory_.get(), stack_bytes}, run, this};
};

}  // namespace greenroom::detail
