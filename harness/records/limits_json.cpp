#include "calibration_fields.hpp"
#include "result_parts.hpp"

namespace handoff::harness {

template <>
struct fields_of<state_kernel> {
    static void each(auto& r, auto& visit) {
        visit("median", r.median);
        visit("low", r.low);
        visit("high", r.high);
        visit("least", r.least);
        visit("calibrations", r.calibrations);
    }
};

template <>
struct fields::codec<used_calibration> {
    static json write(const used_calibration& one) {
        json out = one.line.made ? fields::write(*one.line.made) : json::object();
        out["state"] = one.state;
        out["used"] = one.used;
        out["before_trial"] = one.line.before_trial;
        if (!one.line.reason.empty()) {
            out["reason"] = one.line.reason;
        }
        return out;
    }
    static used_calibration read(const json& value) {
        used_calibration one;
        reader visit(value);
        visit("state", one.state);
        visit("used", one.used);
        visit("before_trial", one.line.before_trial);
        visit("reason", one.line.reason);
        if (value.contains("kernels")) {
            one.line.made = fields::read<calibration>(value);
        }
        return one;
    }
};

template <>
struct fields_of<limits_seen> {
    static void each(auto& r, auto& visit) {
        visit.unless_empty("note", r.note);
        visit("above_at", r.above_at);
        visit("kernels", r.kernels);
        visit("calibrations", r.calibrations);
    }
};

HANDOFF_JSON_PART(limits_seen);

HANDOFF_JSON_RECORD(limits_seen);

}  // namespace handoff::harness
