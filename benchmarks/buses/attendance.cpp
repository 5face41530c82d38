#include "buses/attendance.hpp"

#include <algorithm>

namespace handoff::benchmarks {

attendance::attendance(std::size_t publishers, std::size_t handlers, bool by_handler)
    : publishers_(publishers),
      handlers_(handlers),
      by_handler_(by_handler),
      row_(((by_handler ? publishers : handlers) + per_line - 1) / per_line * per_line),
      lines_(row_ / per_line * (by_handler ? handlers : publishers)) {}

recorder attendance::of(std::size_t handler) noexcept {
    attended* const all = lines_.front().records.data();  // lines follow each other without a gap
    return {all + place(handler, 0), by_handler_ ? 1 : row_, publishers_};
}

const attended& attendance::at(std::size_t handler, std::size_t publisher) const noexcept {
    const std::size_t at = place(handler, publisher);
    return lines_[at / per_line].records[at % per_line];
}

std::uint64_t attendance::least(std::size_t publisher) const noexcept {
    std::uint64_t found = ~std::uint64_t{0};
    for (std::size_t handler = 0; handler < handlers_; ++handler) {
        // relaxed: a number
        found = std::min(found, at(handler, publisher).next.load(std::memory_order_relaxed));
    }
    return found;
}

std::string attendance::audit(const std::vector<std::uint64_t>& published) const {
    for (std::size_t handler = 0; handler < handlers_; ++handler) {
        for (std::size_t publisher = 0; publisher < publishers_; ++publisher) {
            const attended& seen = at(handler, publisher);
            const std::string who =
                "handler " + std::to_string(handler + 1) + " of " + std::to_string(handlers_);
            const std::uint64_t made = published[publisher];
            if (seen.strange > 0) {
                return "corrupt: " + who + " was called with an event of a publisher that does not exist";
            }
            if (seen.calls() != made) {
                return (seen.calls() < made ? "skipped: " : "twice: ") + who + " was called " +
                       std::to_string(seen.calls()) + " times for " + std::to_string(made) +
                       " publications of a publisher";
            }
            if (seen.came_back > 0 || seen.left_out > 0 || seen.next.load() != made) {
                return "order: " + who +
                       " was called in another order than a publisher published, or for one event twice and "
                       "for "
                       "another not at all";
            }
        }
    }
    return "";
}

}  // namespace handoff::benchmarks
