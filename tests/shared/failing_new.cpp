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

/// The function of the library or of the sanitizer, which knows it from the delete that follows. Not a local
/// static: its guard may itself allocate.
template <class... Arguments>
class original {
public:
    explicit constexpr original(const char* name) : name_(name) {}
    void* operator()(std::size_t bytes, Arguments... arguments) {
        if (fails(bytes)) {
            throw std::bad_alloc();
        }
        function* found = found_.load(std::memory_order_relaxed);  // relaxed: whoever looks finds the same
        if (found == nullptr) {
            found = reinterpret_cast<function*>(dlsym(RTLD_NEXT, name_));
            if (found == nullptr) {
                std::abort();
            }
            found_.store(found, std::memory_order_relaxed);
        }
        return found(bytes, arguments...);
    }

private:
    using function = void*(std::size_t, Arguments...);
    const char* name_;
    std::atomic<function*> found_{nullptr};
};

constinit original<> one("_Znwm");
constinit original<> many("_Znam");
constinit original<std::align_val_t> one_aligned("_ZnwmSt11align_val_t");
constinit original<std::align_val_t> many_aligned("_ZnamSt11align_val_t");

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

// Functions of the program come before those of the same name in libraries, for libraries, too. What they give
// is freed by the libraries' own.
void* operator new(std::size_t bytes) {
    return handoff::tests::one(bytes);
}
void* operator new[](std::size_t bytes) {
    return handoff::tests::many(bytes);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return handoff::tests::one_aligned(bytes, alignment);
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
    return handoff::tests::many_aligned(bytes, alignment);
}
