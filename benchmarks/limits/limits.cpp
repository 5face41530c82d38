// bench_limits: what the machine could do at best, measured with nothing but the standard library and Linux.
#include <fstream>
#include <iostream>

#include "all_kernels.hpp"
#include "arguments.hpp"
#include "environment.hpp"
#include "json.hpp"
#include "limits.hpp"
#include "output.hpp"
#include "requested_value.hpp"
#include "usage_error.hpp"

namespace {

using handoff::harness::build_info;
using handoff::harness::usage_error;

constexpr const char* help = R"(usage: bench_limits [--json] [--seconds S] [--measurement FILE]

Measures what the machine could do at best: the time a cache line takes from CPU to CPU, a stream with the least
synchronisation that there is, atomic additions, mutexes, wakes, system calls, clocks, sleeps, threads, and its noise.
docs/limits.md says what each kernel is and how limits are made of them.

  --seconds S         of all kernels together (default: 2)
  --json              print JSON instead of a table
  --measurement FILE  write the JSON, on one line, to FILE; `handoff run` calls it so
  --help              this text

exit codes: 0 fine; 1 a kernel failed; 2 usage
)";

struct options {
    double seconds = 2;
    bool as_json = false;
    std::string measurement;
    bool help = false;
};

options parse(int argc, char** argv) {
    options o;
    handoff::harness::arguments given({argv + 1, argv + argc});
    while (given.next()) {
        if (given.flag() == "--help" || given.flag() == "-h") {
            o.help = true;
        } else if (given.flag() == "--json") {
            o.as_json = given.on();
        } else if (given.flag() == "--seconds") {
            o.seconds = handoff::harness::parse_seconds("seconds", {given.value(), "--seconds"});
        } else if (given.flag() == "--measurement") {
            o.measurement = given.value();
        } else {
            throw usage_error("unknown argument " + given.text() +
                              ": legal: --json, --seconds, --measurement, --help");
        }
    }
    return o;
}

int run(const options& o) {
    if (!build_info::measures() && (o.as_json || !o.measurement.empty())) {
        throw usage_error("refusing to write results: " + build_info::why_not());
    }
    const auto measured = handoff::limits::run_all_kernels(o.seconds);
    if (!o.measurement.empty()) {
        std::ofstream file(o.measurement);
        file << handoff::harness::line_of(measured) << "\n";
        if (!file.flush()) {
            throw usage_error("--measurement " + o.measurement + ": cannot write");
        }
    }
    if (o.as_json) {
        std::cout << handoff::harness::file_text_of(measured);
    } else if (o.measurement.empty()) {
        std::cout << handoff::harness::calibration_table(measured);
        if (!build_info::measures()) {
            std::cout << "*** NOT MEASUREMENTS: " << build_info::why_not() << "\n";
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    return handoff::harness::run_program("bench_limits", handoff::harness::output_text::as_it_is, [&] {
        const options o = parse(argc, argv);
        if (o.help) {
            std::cout << help;
            return 0;
        }
        return run(o);
    });
}
