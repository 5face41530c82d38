#include <cmath>
#include <string_view>

#include "journal_fields.hpp"
#include "result_parts.hpp"

namespace handoff::harness {

/// A row has Google Benchmark's keys for what a trial measured, and ours.
template <>
struct fields_of<result_row> {
    static void each(auto& r, auto& visit) {
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            r.trial.measurement.emplace();
        }
        auto& m = *r.trial.measurement;
        // Under a name of its own, so that no other tool takes it for a repetition.
        constexpr std::string_view of_full_check = "/check:full";
        std::string name =
            m.listed.name + (m.check == word(check_kind::full) ? std::string(of_full_check) : "");
        visit("name", name);
        if constexpr (std::remove_reference_t<decltype(visit)>::reads) {
            m.listed.name =
                name.ends_with(of_full_check) ? name.substr(0, name.size() - of_full_check.size()) : name;
        }
        visit("family_index", r.point_index);
        visit.stated("per_family_instance_index", 0);
        visit.stated("run_name", name);
        visit.stated("run_type", "iteration");
        visit("repetitions", r.repetitions);
        visit("repetition_index", r.trial.repetition);
        visit("threads", m.listed.threads);
        visit("iterations", m.items);
        visit("real_time", m.real_time_ns);
        visit("cpu_time", m.cpu_time_ns);
        visit.stated("time_unit", "ns");
        visit("thread_time", m.thread_time_ns);
        visit.stated("items_per_second", r.items_per_second());
        visit("status", r.trial.status);
        visit("counted", r.counted);
        visit("flags", r.flags);
        visit("state", r.state);
        visit("point", m.listed.point);
        visit("oversubscribed", m.listed.oversubscribed);
        each_shared_field(m, visit);
        visit("level", r.level);
        visit("trial_wall_seconds", r.trial.trial_wall_seconds);
        visit("steal_ticks", r.trial.steal_ticks);
        visit.stated("steal_seconds", r.trial.steal_seconds());
        visit("seat_steal_seconds", r.trial.seat_steal_seconds);
        visit("throttled_periods", r.trial.throttled_periods);
        visit("retry_of", r.trial.retry_of);
        visit.unless_default("starved", r.trial.starved);
        visit("items_per_transfer", r.items_per_transfer);
        visit("limit_ns", r.limit_ns);
        visit("limit_share", r.limit_share);
        visit.unless_empty("limit_by", r.limit_by);
        if constexpr (!std::remove_reference_t<decltype(visit)>::reads) {
            if (const auto cost = cost_of(m); cost && std::isfinite(*cost)) {
                visit.stated("ranked_value", measure_named(m.listed.measure).value_of_cost(*cost));
            }
        }
    }
};

HANDOFF_JSON_PART(result_row);

HANDOFF_JSON_RECORD(result_row);

}  // namespace handoff::harness
