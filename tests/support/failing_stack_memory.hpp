// FailingStackMemory: the kernel's stack memory, until a test says that there is none left.
//
// Threads  Any: workers ask while the test turns it on and off.
#pragma once

#include <atomic>
#include <cerrno>
#include <greenroom/core/stack_memory.hpp>

namespace greenroom::support {

enum class Lacking { nothing, memory, guards };

class FailingStackMemory final : public StackMemory {
public:
    void lack(Lacking what) noexcept { lacking_.store(what); }

    Mapping map(std::size_t bytes) noexcept override {
        if (lacking_.load() == Lacking::memory) return {nullptr, ENOMEM};
        return kernel_.map(bytes);
    }
    int unmap(void* address, std::size_t bytes, std::size_t areas) noexcept override {
        return kernel_.unmap(address, bytes, areas);
    }
    int guard_install(void* address, std::size_t bytes) noexcept override {
        return lacking_.load() == Lacking::guards ? EINVAL : kernel_.guard_install(address, bytes);
    }
    int protect(void* address, std::size_t bytes) noexcept override {
        return lacking_.load() == Lacking::guards ? ENOMEM : kernel_.protect(address, bytes);
    }
    int release_pages(void* address, std::size_t bytes) noexcept override {
        return kernel_.release_pages(address, bytes);
    }

private:
    StackMemory& kernel_ = kernel_stack_memory();
    std::atomic<Lacking> lacking_{Lacking::nothing};
};

// Lacks it for a scope.
class Lack {
public:
    Lack(FailingStackMemory& memory, Lacking what) noexcept : memory_{memory} {
        memory_.lack(what);
    }
    ~Lack() { end(); }
    Lack(const Lack&) = delete;
    Lack& operator=(const Lack&) = delete;

    void end() noexcept { memory_.lack(Lacking::nothing); }

private:
    FailingStackMemory& memory_;
};

}  // namespace greenroom::support
