#include "queue_level.hpp"

namespace handoff::harness {

std::optional<std::string> queue_level(const std::map<std::string, double>& metrics) {
    const auto for_room = metrics.find("waits_for_room_per_item");
    const auto for_items = metrics.find("waits_for_items_per_item");
    if (for_room == metrics.end() || for_items == metrics.end()) {
        return std::nullopt;
    }
    const double room = for_room->second;
    const double items = for_items->second;
    const auto clearly = [](double more, double less) {
        return more >= level_limits::hardly_ever && more >= level_limits::clearly_more * less;
    };
    return clearly(room, items) ? "near_full" : clearly(items, room) ? "near_empty" : "balanced";
}

}  // namespace handoff::harness
