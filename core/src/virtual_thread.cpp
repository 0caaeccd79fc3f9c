#include "virtual_thread.hpp"

#include <sys/mman.h>

#include <cerrno>
#include <system_error>

namespace greenroom::detail {

VirtualStack::VirtualStack(std::size_t usable_bytes)
    : mapped_bytes_{usable_bytes + guard_bytes},
      mapping_{
          static_cast<std::byte*>(::mmap(nullptr, mapped_bytes_, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0))} {
    if (mapping_ == MAP_FAILED) {
        throw std::system_error{errno, std::generic_category(), "mmap of a virtual thread's stack"};
    }
    ::mprotect(mapping_, guard_bytes, PROT_NONE);  // if there is none left: a stack without guard
}

VirtualStack::~VirtualStack() { ::munmap(mapping_, mapped_bytes_); }

StackBounds VirtualStack::bounds() const noexcept {
    return {mapping_ + guard_bytes, mapped_bytes_ - guard_bytes};
}

void VirtualThread::main(void* thread) noexcept {
    VirtualThread& self = *static_cast<VirtualThread*>(thread);
    try {
        self.body();
        self.body = nullptr;
    } catch (...) {
        if (!self.machine.failure_) self.machine.failure_ = std::current_exception();
    }
    self.identity.reset();
    self.machine.end_thread(self);
}

}  // namespace greenroom::detail
