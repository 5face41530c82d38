#include "calibration_fields.hpp"

namespace handoff::harness {

HANDOFF_JSON_RECORD(calibration);
HANDOFF_JSON_RECORD(calibration_line);

}  // namespace handoff::harness
