#include "result_parts.hpp"
#include "trial_fields.hpp"

namespace handoff::harness {

template <>
struct fields::codec<summary_row> {
    static json write(const summary_row& r) {
        json row{{"name", r.name},
                 {"per_family_instance_index", 0},
                 {"run_name", r.name},
                 {"run_type", "iteration"},
                 {"repetitions", 1},
                 {"repetition_index", 0},
                 {"threads", r.threads},
                 {"iterations", r.iterations},
                 {"real_time", r.real_time},
                 {"cpu_time", r.cpu_time},
                 {"time_unit", "ns"},
                 {"items_per_second", 1e9 / r.real_time},
                 {"trials_counted", r.trials_counted}};
        if (r.saturated > 0) {
            row["saturated"] = r.saturated;
        }
        if (!r.caught.empty()) {
            row["caught"] = r.caught;
        }
        for (const auto& [percentile, ns] : r.latency) {
            row["latency_" + percentile] = ns;
        }
        return row;
    }
};

template <>
struct fields::codec<summary_file> {
    static json write(const summary_file& file) {
        json rows = json::array();
        for (const summary_row& row : file.rows) {
            rows.push_back(fields::write(row));
            rows.back()["family_index"] = rows.size() - 1;
        }
        json all{{"context", fields::write(file.context)},
                 {"benchmarks", std::move(rows)},
                 {"without_a_counted_trial", file.without_a_counted_trial}};
        if (!file.caught.empty()) {
            all["caught"] = file.caught;
        }
        return all;
    }
};

template nlohmann::json to_json<summary_file>(const summary_file&);
template std::string file_text_of<summary_file>(const summary_file&);

}  // namespace handoff::harness
