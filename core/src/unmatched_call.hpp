// unmatched_call: calls a function that comes back from another stack, without spoiling the
// processor's guesses of where returns go to.
//
// A processor keeps the addresses of its latest calls in a stack of its own, and guesses by it
// where each return goes. A switch is called on one stack, and comes back to another place by a
// plain jump: the call is never matched by a return, and from then on every return is guessed one
// off (12 ns a switch and not 7, and more for each function that returns after it). So the return
// address is pushed by hand here, and the function is jumped to: neither a call nor a return.
//
// Requires  The function preserves what the ABI says that a callee preserves, for the place that it
//           comes back to.
#pragma once

namespace greenroom::detail {

// Two words, which functions return in registers.
struct Transfer {
    void* first;
    void* second;
};

#if defined(__x86_64__)

// Registers that a call may change and that only code for AVX-512 uses.
#if defined(__AVX512F__)
#define GREENROOM_AVX512_REGISTERS                                                                \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",   \
        "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k0", "k1", "k2", "k3", "k4", "k5", \
        "k6", "k7"
#else
#define GREENROOM_AVX512_REGISTERS
#endif

// The stack pointer waits in r12, which the function preserves: so this works below a red zone, and
// in a function whose frame the compiler has not aligned for a call. (Not in rbx: compilers address
// some frames by it.)
[[gnu::always_inline]] inline Transfer unmatched_call(Transfer (*function)(void*, void*) noexcept,
                                                      void* first, void* second) noexcept {
    Transfer arrival;
    asm volatile(
        "mov %%rsp, %%r12\n\t"
        "lea -128(%%rsp), %%rsp\n\t"
        "and $-16, %%rsp\n\t"
        "lea 1f(%%rip), %%rax\n\t"
        "push %%rax\n\t"
        "jmp *%%rcx\n"
        "1:\n\t"
        "mov %%r12, %%rsp"
        : "=&a"(arrival.first), "=&d"(arrival.second), "+D"(first), "+S"(second), "+c"(function)
        :
        : "r8", "r9", "r10", "r11", "r12", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
          "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15", "mm0",
          "mm1", "mm2", "mm3", "mm4", "mm5", "mm6", "mm7", "st", "st(1)", "st(2)", "st(3)", "st(4)",
          "st(5)", "st(6)", "st(7)", "cc", "memory" GREENROOM_AVX512_REGISTERS);
    return arrival;
}

#undef GREENROOM_AVX512_REGISTERS

#else

inline Transfer unmatched_call(Transfer (*function)(void*, void*) noexcept, void* first,
                               void* second) noexcept {
    return function(first, second);
}

#endif

}  // namespace greenroom::detail
