#include "measurement.hpp"

namespace handoff::harness {

std::optional<double> jains_index(const std::vector<thread_report>& threads, const std::string& role) {
    double count = 0;
    double sum = 0;
    double squares = 0;
    for (const thread_report& t : threads) {
        if (t.role == role) {
            const double items = static_cast<double>(t.items);
            count += 1;
            sum += items;
            squares += items * items;
        }
    }
    return count >= 2 && squares > 0 ? std::optional(sum * sum / (count * squares)) : std::nullopt;
}

}  // namespace handoff::harness
