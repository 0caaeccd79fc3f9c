// The real StackMemory: system calls, errno kept as the caller had it.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <greenroom/core/stack_memory.hpp>

#include "mapping_budget.hpp"

namespace greenroom {

namespace {

constexpr int madvise_guard_install = 102;      // Linux 6.13; Debian 12's headers do not have it
constexpr std::size_t mappings_of_a_guard = 2;  // itself, and the stack that it cuts off

// 65,530 is the kernel's default.
std::size_t read_mappings_max() noexcept {
    constexpr std::size_t fallback = 65'530;
    const int fd = ::open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return fallback;
    std::array<char, 32> text{};
    const ssize_t length = ::read(fd, text.data(), text.size() - 1);
    ::close(fd);
    const unsigned long long count = length > 0 ? std::strtoull(text.data(), nullptr, 10) : 0;
    return count > 0 ? static_cast<std::size_t>(count) : fallback;
}

class KeepsErrno {
public:
    KeepsErrno() noexcept = default;
    ~KeepsErrno() { errno = kept_; }
    KeepsErrno(const KeepsErrno&) = delete;
    KeepsErrno& operator=(const KeepsErrno&) = delete;

private:
    const int kept_ = errno;
};

class KernelStackMemory final : public StackMemory {
public:
    Mapping map(std::size_t bytes) noexcept override {
        const KeepsErrno keeps_errno;
        void* const address =
            ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (address == MAP_FAILED) return {nullptr, errno};
        // Else the first touch of a stack may bring 2 MiB. MAP_STACK says so only since Linux 6.7;
        // a kernel without huge pages refuses, and need not be told.
        ::madvise(address, bytes, MADV_NOHUGEPAGE);
        return {address, 0};
    }

    int unmap(void* address, std::size_t bytes, std::size_t protected_areas) noexcept override {
        const KeepsErrno keeps_errno;
        const int error = ::munmap(address, bytes) == 0 ? 0 : errno;
        if (error == 0) budget_.give_back(protected_areas * mappings_of_a_guard);
        return error;
    }

    int guard_install(void* address, std::size_t bytes) noexcept override {
        const KeepsErrno keeps_errno;
        return ::madvise(address, bytes, madvise_guard_install) == 0 ? 0 : errno;
    }

    int protect(void* address, std::size_t bytes) noexcept override {
        const KeepsErrno keeps_errno;
        if (!budget_.try_take(mappings_of_a_guard)) return ENOMEM;
        if (::mprotect(address, bytes, PROT_NONE) == 0) return 0;
        const int error = errno;
        budget_.give_back(mappings_of_a_guard);
        return error;
    }

    int release_pages(void* address, std::size_t bytes) noexcept override {
        const KeepsErrno keeps_errno;
        return ::madvise(address, bytes, MADV_DONTNEED) == 0 ? 0 : errno;
    }

private:
    detail::MappingBudget budget_{read_mappings_max()};
};

}  // namespace

StackMemory& kernel_stack_memory() noexcept {
    // Never destroyed: a runtime in a static object may outlive every other static.
    static StackMemory& memory = *new KernelStackMemory;
    return memory;
}

}  // namespace greenroom
