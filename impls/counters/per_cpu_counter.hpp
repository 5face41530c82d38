// A number for each processor, added to without a locked instruction: a restartable sequence.
//
// Source: Desnoyers, "Restartable sequences", Linux 4.18 (2018), and the kernel's documentation of the area's
// layout.
//
// Progress: lock-free (a sequence that is interrupted begins again).   Reading: interval.   Cost: a load, an
// addition in memory and the two stores that announce the sequence; reading costs a line transfer for each
// processor.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cpu_stripes.hpp"
#include "../detail/rseq.hpp"

namespace handoff::impls {

/// What the kernel's per-CPU variables cost, in user space. Only x86-64 is written; elsewhere it is
/// unavailable.
class per_cpu_counter {
public:
    static constexpr std::string_view name = "per_cpu_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::lock_free;

#if defined(RSEQ_SIG) && defined(__x86_64__)
    static std::string_view unavailable() noexcept { return detail::rseq_unavailable(); }

    void add(std::uint64_t n) noexcept {
        static_assert(sizeof(detail::cpu_stripes::stripe) == 128);
        static_assert(offsetof(struct rseq, cpu_id) == 4 && offsetof(struct rseq, rseq_cs) == 8);
        // The sequence is what lies between 1 and 2. The kernel compares the instruction pointer of an
        // interrupted thread with the announced sequence when it returns to it: inside, it goes on at 4
        // instead, where the whole is begun again. So the processor's number is still right at the one
        // instruction that changes memory, and nobody else on this processor came in between; interrupts fall
        // between instructions, so the addition needs no lock.
        asm volatile(
            // the description of the sequence: version, flags, beginning, length, where to go
            ".pushsection __rseq_cs, \"aw\"\n\t"
            ".balign 32\n"
            "3:\n\t"
            ".long 0, 0\n\t"
            ".quad 1f, 2f - 1f, 4f\n\t"
            ".popsection\n"
            "0:\n\t"
            "leaq 3b(%%rip), %%rax\n\t"
            "movq %%rax, 8(%[area])\n"  // announced
            "1:\n\t"
            "movl 4(%[area]), %%eax\n\t"  // this processor
            "shlq $7, %%rax\n\t"
            "addq %[n], (%[stripes], %%rax)\n"  // the commit
            "2:\n\t"
            // the signature that the kernel demands before the place it jumps to
            ".pushsection __rseq_failure, \"ax\"\n\t"
            ".byte 0x0f, 0xb9, 0x3d\n\t"
            ".long %c[signature]\n"
            "4:\n\t"
            "jmp 0b\n\t"
            ".popsection\n\t"
            :
            : [area] "r"(&detail::rseq_area()), [stripes] "r"(stripes_.data()), [n] "r"(n),
              [signature] "i"(RSEQ_SIG)
            : "rax", "cc", "memory");
    }
#else
    static std::string_view unavailable() noexcept {
        return "no restartable sequence is written for this processor and C library (x86-64 with glibc 2.35 or "
               "newer)";
    }
    void add(std::uint64_t) noexcept {}
#endif

    std::uint64_t read() const noexcept { return stripes_.sum(); }

private:
    detail::cpu_stripes stripes_;
};

}  // namespace handoff::impls
