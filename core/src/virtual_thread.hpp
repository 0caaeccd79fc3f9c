// VirtualThread: a thread of a SimulatedMachine: a stack, and what it is doing.
//
//   runnable --sleep--> sleeping --wake, deadline--> runnable --end--> finished
//
// Lifetime  Made by start(), destroyed when it is joined or with its machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <greenroom/core/simulated_machine.hpp>
#include <optional>
#include <string>

#include "context.hpp"
#include "this_thread.hpp"

namespace greenroom::detail {

// A stack with a guard below it.
class VirtualStack {
public:
    // Throws std::system_error if there is no memory.
    explicit VirtualStack(std::size_t usable_bytes);
    ~VirtualStack();
    VirtualStack(const VirtualStack&) = delete;
    VirtualStack& operator=(const VirtualStack&) = delete;

    StackBounds bounds() const noexcept;

private:
    static constexpr std::size_t guard_bytes = 64 * 1024;

    const std::size_t mapped_bytes_;
    std::byte* mapping_;
};

class VirtualThread {
public:
    enum class State { runnable, sleeping, finished };

    VirtualThread(SimulatedMachine& its_machine, std::uint32_t its_number, std::string its_name,
                  std::function<void()> its_body, std::size_t stack_bytes)
        : machine{its_machine},
          number{its_number},
          name{std::move(its_name)},
          body{std::move(its_body)},
          stack{stack_bytes},
          first{stack.bounds(), &main, this},
          resumes_at{&first},
          identity{std::in_place, its_machine, its_machine, its_machine} {}

    SimulatedMachine& machine;
    const std::uint32_t number;  // in order of starting
    const std::string name;
    std::function<void()> body;

    State state = State::runnable;
    const void* sleeps_on = nullptr;  // while sleeping: a word, or the thread that it joins
    const VirtualThread* joins = nullptr;
    Deadline deadline;
    bool expired = false;  // how the last sleep ended
    std::int64_t priority = 0;

    VirtualStack stack;
    Context first;  // where it starts; it may switch to other stacks of its own
    Context* resumes_at;
    std::optional<ThisThread> identity;  // until it ends

private:
    static void main(void* thread) noexcept;
};

}  // namespace greenroom::detail
