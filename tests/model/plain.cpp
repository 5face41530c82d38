// Where plain memory is seen: the allocation functions, and the calls that -fsanitize=thread puts before each
// access. ThreadSanitizer's own library is not linked. Also what programs call that do not take their mutexes
// from impls/: std::mutex and std::this_thread::yield come here.
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

#include "handoff_model/engine.hpp"

namespace handoff::model::plain {
extern const void* caller;  ///< of the atomic operation that comes next and has no place in the source
void access(const volatile void* at, std::size_t bytes, bool writes);
void* allocate(std::size_t bytes, std::size_t alignment);
bool release(void* address);
bool active() noexcept;
}  // namespace handoff::model::plain

namespace plain = handoff::model::plain;
namespace model = handoff::model;

namespace {
std::memory_order order_of(int order) {
    return static_cast<std::memory_order>(order & 7);
}

void* get(std::size_t bytes, std::size_t alignment) {
    bytes = bytes == 0 ? 1 : bytes;
    if (void* mine = plain::allocate(bytes, alignment)) {
        return mine;
    }
    void* got = alignment <= alignof(std::max_align_t)
                    ? std::malloc(bytes)
                    : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (got == nullptr) {
        throw std::bad_alloc();
    }
    return got;
}
void give_back(void* address) noexcept {
    if (address != nullptr && !plain::release(address)) {
        std::free(address);
    }
}
}  // namespace

void* operator new(std::size_t bytes) {
    return get(bytes, 0);
}
void* operator new[](std::size_t bytes) {
    return get(bytes, 0);
}
void* operator new(std::size_t bytes, std::align_val_t a) {
    return get(bytes, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t bytes, std::align_val_t a) {
    return get(bytes, static_cast<std::size_t>(a));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    return get(bytes, 0);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
    return get(bytes, 0);
}
void operator delete(void* p) noexcept {
    give_back(p);
}
void operator delete[](void* p) noexcept {
    give_back(p);
}
void operator delete(void* p, std::size_t) noexcept {
    give_back(p);
}
void operator delete[](void* p, std::size_t) noexcept {
    give_back(p);
}
void operator delete(void* p, std::align_val_t) noexcept {
    give_back(p);
}
void operator delete[](void* p, std::align_val_t) noexcept {
    give_back(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept {
    give_back(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept {
    give_back(p);
}

// NOLINTBEGIN(bugprone-reserved-identifier): the names are the compilers'
extern "C" {
void __tsan_init() {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_vptr_update(void** at, void*) {
    plain::access(at, sizeof(void*), true);
}
void __tsan_vptr_read(void** at) {
    plain::access(at, sizeof(void*), false);
}
void __tsan_read_range(void* at, std::size_t bytes) {
    plain::access(at, bytes, false);
}
void __tsan_write_range(void* at, std::size_t bytes) {
    plain::access(at, bytes, true);
}
#define HANDOFF_ACCESS(bytes)                           \
    void __tsan_read##bytes(void* at) {                 \
        plain::access(at, bytes, false);                \
    }                                                   \
    void __tsan_write##bytes(void* at) {                \
        plain::access(at, bytes, true);                 \
    }                                                   \
    void __tsan_read##bytes##_pc(void* at, void*) {     \
        plain::access(at, bytes, false);                \
    }                                                   \
    void __tsan_write##bytes##_pc(void* at, void*) {    \
        plain::access(at, bytes, true);                 \
    }                                                   \
    void __tsan_volatile_read##bytes(void* at) {        \
        plain::access(at, bytes, false);                \
    }                                                   \
    void __tsan_volatile_write##bytes(void* at) {       \
        plain::access(at, bytes, true);                 \
    }                                                   \
    void __tsan_unaligned_read##bytes(void* at) {       \
        plain::access(at, bytes, false);                \
    }                                                   \
    void __tsan_unaligned_write##bytes(void* at) {      \
        plain::access(at, bytes, true);                 \
    }                                                   \
    void __tsan_read_write##bytes(void* at) {           \
        plain::access(at, bytes, true);                 \
    }                                                   \
    void __tsan_unaligned_read_write##bytes(void* at) { \
        plain::access(at, bytes, true);                 \
    }
HANDOFF_ACCESS(1)
HANDOFF_ACCESS(2)
HANDOFF_ACCESS(4)
HANDOFF_ACCESS(8)
HANDOFF_ACCESS(16)
#undef HANDOFF_ACCESS
void* __tsan_memcpy(void* to, const void* from, std::size_t bytes) {
    plain::access(from, bytes, false);
    plain::access(to, bytes, true);
    return std::memcpy(to, from, bytes);
}
void* __tsan_memmove(void* to, const void* from, std::size_t bytes) {
    plain::access(from, bytes, false);
    plain::access(to, bytes, true);
    return std::memmove(to, from, bytes);
}
void* __tsan_memset(void* to, int value, std::size_t bytes) {
    plain::access(to, bytes, true);
    return std::memset(to, value, bytes);
}
// std::atomic in instrumented code comes here, too: the model runs it as its own atomics, without its place in
// the source.
#define HANDOFF_ATOMIC(bits, type)                                                                     \
    type __tsan_atomic##bits##_load(const volatile type* at, int order) {                              \
        plain::caller = __builtin_return_address(0);                                                   \
        return static_cast<type>(model::load(at, sizeof(type), order_of(order), {}));                  \
    }                                                                                                  \
    void __tsan_atomic##bits##_store(volatile type* at, type value, int order) {                       \
        plain::caller = __builtin_return_address(0);                                                   \
        model::store(at, sizeof(type), value, order_of(order), {});                                    \
    }                                                                                                  \
    HANDOFF_CHANGE(bits, type, exchange, exchange, value)                                              \
    HANDOFF_CHANGE(bits, type, fetch_add, add, value)                                                  \
    HANDOFF_CHANGE(bits, type, fetch_sub, subtract, value)                                             \
    HANDOFF_CHANGE(bits, type, fetch_and, bit_and, value)                                              \
    HANDOFF_CHANGE(bits, type, fetch_or, bit_or, value)                                                \
    HANDOFF_CHANGE(bits, type, fetch_xor, bit_xor, value)                                              \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile type* at, type* expected, type desired, \
                                                      int success, int failure) {                      \
        plain::caller = __builtin_return_address(0);                                                   \
        std::uint64_t seen = *expected;                                                                \
        const bool done = model::compare_exchange(at, sizeof(type), seen, desired, order_of(success),  \
                                                  order_of(failure), {});                              \
        if (!done) {                                                                                   \
            *expected = static_cast<type>(seen);                                                       \
        }                                                                                              \
        return done ? 1 : 0;                                                                           \
    }                                                                                                  \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile type* at, type* expected, type desired,   \
                                                    int success, int failure) {                        \
        return __tsan_atomic##bits##_compare_exchange_strong(at, expected, desired, success, failure); \
    }                                                                                                  \
    type __tsan_atomic##bits##_compare_exchange_val(volatile type* at, type expected, type desired,    \
                                                    int success, int failure) {                        \
        __tsan_atomic##bits##_compare_exchange_strong(at, &expected, desired, success, failure);       \
        return expected;                                                                               \
    }
#define HANDOFF_CHANGE(bits, type, name, how, value)                                          \
    type __tsan_atomic##bits##_##name(volatile type* at, type value, int order) {             \
        plain::caller = __builtin_return_address(0);                                          \
        return static_cast<type>(                                                             \
            model::modify(at, sizeof(type), model::change::how, value, order_of(order), {})); \
    }
HANDOFF_ATOMIC(8, std::uint8_t)
HANDOFF_ATOMIC(16, std::uint16_t)
HANDOFF_ATOMIC(32, std::uint32_t)
HANDOFF_ATOMIC(64, std::uint64_t)
#undef HANDOFF_ATOMIC
#undef HANDOFF_CHANGE
void __tsan_atomic_thread_fence(int order) {
    model::fence(order_of(order), {});
}
void __tsan_atomic_signal_fence(int) {}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    if (plain::active()) {
        model::lock(mutex, {});
        return 0;
    }
    static const auto own = reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_lock"));
    return own(mutex);
}
int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
    if (plain::active()) {
        return model::try_lock(mutex, {}) ? 0 : EBUSY;
    }
    static const auto own =
        reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_trylock"));
    return own(mutex);
}
int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
    if (plain::active()) {
        model::unlock(mutex, {});
        return 0;
    }
    static const auto own =
        reinterpret_cast<int (*)(pthread_mutex_t*)>(dlsym(RTLD_NEXT, "pthread_mutex_unlock"));
    return own(mutex);
}
int sched_yield() noexcept {
    model::relax({});
    return 0;
}
}
// NOLINTEND(bugprone-reserved-identifier)
