#include "fiber.hpp"

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)

// What a function must keep (System V ABI): rbx, rbp, r12-r15 and the stack.
asm(R"(
.text
.globl handoff_model_switch
.type handoff_model_switch, @function
handoff_model_switch:
    pushq %rbp
    pushq %rbx
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbx
    popq %rbp
    ret
.size handoff_model_switch, .-handoff_model_switch
.section .note.GNU-stack,"",@progbits
.text
)");

namespace handoff::model {

void* fresh_stack(std::byte* memory, std::size_t bytes, void (*entry)()) {
    auto top = reinterpret_cast<std::uintptr_t>(memory + bytes) & ~std::uintptr_t{63};
    auto* words = reinterpret_cast<void**>(top);
    *--words = nullptr;  // where `entry` would return to; it also aligns the stack as after a call
    *--words = reinterpret_cast<void*>(entry);
    for (int i = 0; i < 6; ++i) {
        *--words = nullptr;
    }
    return words;
}

}  // namespace handoff::model

#elif defined(__aarch64__)

// What a function must keep (AAPCS64): x19-x30, d8-d15 and the stack.
asm(R"(
.text
.globl handoff_model_switch
.type handoff_model_switch, %function
handoff_model_switch:
    sub sp, sp, #160
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mov x9, sp
    str x9, [x0]
    mov sp, x1
    ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #160
    ret
.size handoff_model_switch, .-handoff_model_switch
.section .note.GNU-stack,"",%progbits
.text
)");

namespace handoff::model {

void* fresh_stack(std::byte* memory, std::size_t bytes, void (*entry)()) {
    auto top = reinterpret_cast<std::uintptr_t>(memory + bytes) & ~std::uintptr_t{63};
    auto* words = reinterpret_cast<void**>(top - 160);
    std::memset(static_cast<void*>(words), 0, 160);
    words[11] = reinterpret_cast<void*>(entry);  // x30
    return words;
}

}  // namespace handoff::model

#else
#error "the model needs a stack switch for this processor (tests/model/fiber.cpp)"
#endif
