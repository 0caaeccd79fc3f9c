#include <greenroom/core/stack_class.hpp>

#include <cerrno>
#include <string>
#include <system_error>

namespace greenroom {

namespace {

const char* what_failed(StackFailure failure) noexcept {
    switch (failure) {
        case StackFailure::memory: return "no memory for it";
        case StackFailure::guard: return "its guard failed";
        case StackFailure::limit: return "the limit is reached";
    }
    return "?";
}

const char* what_helps(GuardTier tier, int error, StackFailure failure) noexcept {
    if (failure == StackFailure::limit) return "raise RuntimeOptions::stacks_max";
    if (failure == StackFailure::memory) {
        return "suspend fewer fibers at a time, choose a smaller class, or raise what limits the "
               "process (ulimit -v, vm.overcommit_memory, its cgroup)";
    }
    if (tier == GuardTier::none) {
        return "this kernel offers neither kind of guard here; "
               "RuntimeOptions::allow_unguarded_stacks does without";
    }
    if (tier == GuardTier::protect && error == ENOMEM) {
        return "raise the sysctl vm.max_map_count, or use Linux 6.13 or later, whose guards need "
               "no mappings";
    }
    if (tier == GuardTier::guard_install && error == EINVAL) {
        return "memory that is locked (mlockall with MCL_FUTURE) cannot be guarded so; lock it "
               "before the runtime starts";
    }
    return "see the error of the kernel";
}

std::string story_of(StackClass stack_class, GuardTier tier, int error, StackFailure failure) {
    std::string story = "no stack of class ";
    story += name(stack_class);
    story += " (" + std::to_string(usable_bytes(stack_class) >> 10U) + " KiB): ";
    story += what_failed(failure);
    if (error != 0) {
        story += ": " + std::generic_category().message(error);
        story += " (errno " + std::to_string(error) + ")";
    }
    story += "; guard tier ";
    story += name(tier);
    story += "; ";
    story += what_helps(tier, error, failure);
    return story;
}

}  // namespace

const char* name(StackClass stack_class) noexcept {
    switch (stack_class) {
        case StackClass::small: return "small";
        case StackClass::standard: return "standard";
        case StackClass::large: return "large";
        case StackClass::huge: return "huge";
    }
    return "?";
}

const char* name(GuardTier tier) noexcept {
    switch (tier) {
        case GuardTier::guard_install: return "guard_install";
        case GuardTier::protect: return "mprotect";
        case GuardTier::canary: return "canary";
        case GuardTier::none: return "none";
    }
    return "?";
}

StacksExhausted::StacksExhausted(StackClass stack_class, GuardTier tier, int error,
                                 StackFailure failure)
    : Error{Errc::stacks_exhausted, story_of(stack_class, tier, error, failure)},
      stack_class_{stack_class},
      tier_{tier},
      failure_{failure},
      error_{error} {}

}  // namespace greenroom
