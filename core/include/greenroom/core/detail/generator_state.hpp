// GeneratorState: a function on a stack of its own, that the fiber which resumes it enters and
// leaves.
//
//   new --resume--> running --yield--> paused --resume--> running
//                   running --its function ends or throws--> ended
//   paused --abandon--> running, where yield() throws Abandoned --> ended
//
// While it runs it is a part of the fiber that resumed it: what waits in it suspends that fiber,
// which goes on there; locks belong to that fiber, and so does a cancellation.
//
// Threads  The worker that resumed it first: its stack is bound to it, as all are.
#pragma once

#include <exception>
#include <greenroom/core/stack_class.hpp>

namespace greenroom::detail {

class GeneratorState {
public:
    GeneratorState(const GeneratorState&) = delete;
    GeneratorState& operator=(const GeneratorState&) = delete;

    bool ended() const noexcept { return phase_ == Phase::ended; }

protected:
    explicit GeneratorState(StackClass stack_class) noexcept : stack_class_{stack_class} {}
    virtual ~GeneratorState();

    // Calls the user's function.
    virtual void call() = 0;

    // Until the next yield(), or the end. Throws what the function threw; Error(wrong_thread) from
    // a plain thread or another worker; Error(operation_not_permitted) from inside of it; and
    // StacksExhausted.
    void resume();
    // In the function: back to who resumed it.
    void yield();
    // Has a paused function unwind. Before what it refers to is destroyed.
    void abandon() noexcept;

private:
    struct Side;
    enum class Phase { fresh, running, paused, ended };

    static void main(void* state);
    void make_side();
    void enter();
    void leave() noexcept;
    void destroy_side() noexcept;

    const StackClass stack_class_;
    Phase phase_ = Phase::fresh;
    bool abandoned_ = false;
    Side* side_ = nullptr;  // its stack, while it has one
    std::exception_ptr failure_;
};

}  // namespace greenroom::detail
