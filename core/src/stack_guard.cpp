#include "stack_guard.hpp"

#include <cstdint>
#include <cstring>
#include <greenroom/core/assert.hpp>

namespace greenroom::detail {

namespace {

// Eight words that no program writes by chance.
struct Canary {
    std::uint64_t words[8];
};
constexpr Canary canary = {{0x9e3779b97f4a7c15, 0xf39cc0605cedc834, 0x1082276bf3a27251,
                            0xf86c6a11d0c18e95, 0x2767f0b153d27b7f, 0x0347045b5bf1827f,
                            0x01886f0928403002, 0xc1d64ba40f335e36}};

}  // namespace

StackGuard::StackGuard(StackMemory& memory, bool allow_canary) noexcept
    : memory_{memory}, allow_canary_{allow_canary} {
    choose();
}

void StackGuard::choose() noexcept {
    GREENROOM_ASSERT(tier_ == GuardTier::none);
    const StackMemory::Mapping mapping = memory_.map(bytes);
    probe_error_ = mapping.error;
    if (mapping.address == nullptr) return;
    tier_ = probe(mapping.address);
    memory_.unmap(mapping.address, bytes, tier_ == GuardTier::protect ? 1 : 0);
}

GuardTier StackGuard::probe(void* address) noexcept {
    if (memory_.guard_install(address, bytes) == 0) return GuardTier::guard_install;
    const int error = memory_.protect(address, bytes);
    if (error == 0) return GuardTier::protect;
    if (allow_canary_) return GuardTier::canary;
    probe_error_ = error;
    return GuardTier::none;
}

int StackGuard::install(std::byte* stack_low) noexcept {
    switch (tier_) {
        case GuardTier::guard_install: return memory_.guard_install(stack_low - bytes, bytes);
        case GuardTier::protect: return memory_.protect(stack_low - bytes, bytes);
        case GuardTier::canary:
            std::memcpy(stack_low - sizeof canary, &canary, sizeof canary);
            return 0;
        case GuardTier::none: return probe_error_;
    }
    return 0;
}

bool StackGuard::canary_is_intact(const std::byte* stack_low) noexcept {
    return std::memcmp(stack_low - sizeof canary, &canary, sizeof canary) == 0;
}

}  // namespace greenroom::detail
