// A payload of 64 bytes that one thread copies into a slot with memcpy and another out of it, with nothing in
// between: ThreadSanitizer must see it.
#include <array>
#include <cstddef>
#include <cstring>
#include <thread>

namespace {

struct payload {
    std::array<std::byte, 64> bytes{};
};
payload slot;

void copy(payload& to, const payload& from) {
    std::memcpy(&to, &from, sizeof to);
}

}  // namespace

int main() {
    const payload mine;
    payload got;
    std::thread other([&] { copy(slot, mine); });
    copy(got, slot);
    other.join();
    return static_cast<int>(got.bytes[0]);
}
