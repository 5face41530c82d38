#include "shared/failing_new.hpp"

#include <dlfcn.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace handoff::tests {

namespace {

/// How many allocations there are until one fails; 0: none does.
constinit thread_local unsigned until_failure = 0;

/// How many bytes there are; in all, where somebody has said so.
constexpr std::size_t largest_allocation = std::size_t{1} << 40;
constinit thread_local std::size_t bytes_left = largest_allocation;
constinit thread_local bool is_little = false;

bool fails(std::size_t bytes) noexcept {
    if (bytes > bytes_left) {
        return true;
    }
    if (is_little) {
        bytes_left -= bytes;
    }
    return until_failure != 0 && --until_failure == 0;
}

/// The function of that name in the library, or the sanitizer's; `otherwise` where the program has none but
/// these, as one that is linked with -static-libstdc++. Not a local static: its guard may itself allocate.
template <class Function>
class original {
public:
    constexpr original(const char* name, Function* otherwise) : name_(name), otherwise_(otherwise) {}
    template <class... Arguments>
    auto operator()(Arguments... arguments) {
        Function* found = found_.load(std::memory_order_relaxed);  // relaxed: whoever looks finds the same
        if (found == nullptr) {
            found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
            if (found == nullptr) {
                found = otherwise_;
            }
            found_.store(found, std::memory_order_relaxed);
        }
        return found(arguments...);
    }

private:
    const char* name_;
    Function* otherwise_;
    std::atomic<Function*> found_{nullptr};
};

void* found_or_thrown(void* memory) {
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
void* allocated(std::size_t bytes) {
    return found_or_thrown(std::malloc(bytes == 0 ? 1 : bytes));
}
void* allocated_at(std::size_t bytes, std::align_val_t alignment) {
    const auto unit = static_cast<std::size_t>(alignment);
    return found_or_thrown(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
}
template <class... Rest>
void freed(void* memory, Rest... /*size, alignment*/) {
    std::free(memory);
}

using bytes_t = std::size_t;
using aligned_t = std::align_val_t;

template <class Function, class... Arguments>
void* allocate(original<Function>& how, bytes_t bytes, Arguments... arguments) {
    if (fails(bytes)) {
        throw std::bad_alloc();
    }
    return how(bytes, arguments...);
}

constinit original<void*(bytes_t)> new_one("_Znwm", allocated);
constinit original<void*(bytes_t)> new_many("_Znam", allocated);
constinit original<void*(bytes_t, aligned_t)> new_one_aligned("_ZnwmSt11align_val_t", allocated_at);
constinit original<void*(bytes_t, aligned_t)> new_many_aligned("_ZnamSt11align_val_t", allocated_at);
constinit original<void(void*)> delete_one("_ZdlPv", freed);
constinit original<void(void*)> delete_many("_ZdaPv", freed);
constinit original<void(void*, bytes_t)> delete_one_sized("_ZdlPvm", freed);
constinit original<void(void*, bytes_t)> delete_many_sized("_ZdaPvm", freed);
constinit original<void(void*, aligned_t)> delete_one_aligned("_ZdlPvSt11align_val_t", freed);
constinit original<void(void*, aligned_t)> delete_many_aligned("_ZdaPvSt11align_val_t", freed);
constinit original<void(void*, bytes_t, aligned_t)> delete_one_sized_aligned("_ZdlPvmSt11align_val_t", freed);
constinit original<void(void*, bytes_t, aligned_t)> delete_many_sized_aligned("_ZdaPvmSt11align_val_t", freed);

}  // namespace

failing_new::failing_new(unsigned nth) noexcept {
    until_failure = nth;
}
failing_new::~failing_new() {
    until_failure = 0;
}
little_memory::little_memory(std::size_t bytes) noexcept {
    bytes_left = bytes;
    is_little = true;
}
little_memory::~little_memory() {
    bytes_left = largest_allocation;
    is_little = false;
}

}  // namespace handoff::tests

// Functions of the program come before those of the same name in libraries, for libraries, too. Deletes go the
// same way, so that a sanitizer finds its own beside its news.
namespace t = handoff::tests;

void* operator new(std::size_t bytes) {
    return t::allocate(t::new_one, bytes);
}
void* operator new[](std::size_t bytes) {
    return t::allocate(t::new_many, bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return t::allocate(t::new_one_aligned, bytes, alignment);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
    return t::allocate(t::new_many_aligned, bytes, alignment);
}
void operator delete(void* memory) noexcept {
    t::delete_one(memory);
}
void operator delete[](void* memory) noexcept {
    t::delete_many(memory);
}
void operator delete(void* memory, std::size_t bytes) noexcept {
    t::delete_one_sized(memory, bytes);
}
void operator delete[](void* memory, std::size_t bytes) noexcept {
    t::delete_many_sized(memory, bytes);
}
void operator delete(void* memory, std::align_val_t alignment) noexcept {
    t::delete_one_aligned(memory, alignment);
}
void operator delete[](void* memory, std::align_val_t alignment) noexcept {
    t::delete_many_aligned(memory, alignment);
}
void operator delete(void* memory, std::size_t bytes, std::align_val_t alignment) noexcept {
    t::delete_one_sized_aligned(memory, bytes, alignment);
}
void operator delete[](void* memory, std::size_t bytes, std::align_val_t alignment) noexcept {
    t::delete_many_sized_aligned(memory, bytes, alignment);
}
