// ScriptedStackMemory: the kernel's stack memory, counted, and failing where a test says so.
#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <greenroom/core/stack_memory.hpp>
#include <utility>
#include <vector>

namespace greenroom::support {

class ScriptedStackMemory final : public StackMemory {
public:
    int map_error = 0;  // 0: do it
    int guard_install_error = 0;
    int protect_error = 0;
    std::size_t map_bytes_max = SIZE_MAX;

    int map_calls = 0;
    int guard_calls = 0;
    int release_calls = 0;
    std::size_t protected_areas = 0;  // now
    std::size_t mapped_bytes = 0;     // now
    std::vector<std::size_t> map_sizes;

    Mapping map(std::size_t bytes) noexcept override {
        ++map_calls;
        if (map_error != 0) return {nullptr, map_error};
        if (bytes > map_bytes_max) return {nullptr, ENOMEM};
        const Mapping mapping = kernel_.map(bytes);
        if (mapping.address != nullptr) mapped_bytes += bytes;
        map_sizes.push_back(bytes);
        return mapping;
    }
    int unmap(void* address, std::size_t bytes, std::size_t areas) noexcept override {
        mapped_bytes -= bytes;
        protected_areas -= areas;
        return kernel_.unmap(address, bytes, areas);
    }
    int guard_install(void* address, std::size_t bytes) noexcept override {
        ++guard_calls;
        return guard_install_error != 0 ? guard_install_error
                                        : kernel_.guard_install(address, bytes);
    }
    int protect(void* address, std::size_t bytes) noexcept override {
        ++guard_calls;
        if (protect_error != 0) return protect_error;
        const int error = kernel_.protect(address, bytes);
        if (error == 0) ++protected_areas;
        return error;
    }
    int release_pages(void* address, std::size_t bytes) noexcept override {
        ++release_calls;
        return kernel_.release_pages(address, bytes);
    }

private:
    StackMemory& kernel_ = kernel_stack_memory();
};

// Whether a read of the byte would be a SIGSEGV: the kernel tries, and says EFAULT.
inline bool is_forbidden(const std::byte* address) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return false;
    const bool failed = ::syscall(SYS_write, pipe[1], address, 1) == -1 && errno == EFAULT;
    ::close(pipe[0]);
    ::close(pipe[1]);
    return failed;
}

}  // namespace greenroom::support
