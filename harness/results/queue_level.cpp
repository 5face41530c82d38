#include "queue_level.hpp"

namespace handoff::harness {

std::optional<std::string> queue_level(const nlohmann::json& metrics) {
    if (!metrics.contains("waits_for_room_per_item") || !metrics.contains("waits_for_items_per_item")) {
        return std::nullopt;
    }
    const double room = metrics.at("waits_for_room_per_item");
    const double items = metrics.at("waits_for_items_per_item");
    const auto clearly = [](double more, double less) {
        return more >= level_limits::hardly_ever && more >= level_limits::clearly_more * less;
    };
    return clearly(room, items) ? "near_full" : clearly(items, room) ? "near_empty" : "balanced";
}

}  // namespace handoff::harness
