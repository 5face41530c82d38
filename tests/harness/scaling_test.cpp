#include "scaling.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "as_json.hpp"

#include "usl.hpp"

namespace handoff::harness {
namespace {

using nlohmann::json;

/// A file of points along an axis, each with three counted trials and one that is not.
class file {
public:
    void add(const std::string& name, const json& point, double rate, bool oversubscribed = false,
             const std::string& measure = "items_per_second", const std::string& rivals = "peers") {
        results_.run.points.emplace_back().listed = from_json<listed_point>({{"name", name},
                                                                             {"point", point},
                                                                             {"oversubscribed", oversubscribed},
                                                                             {"measure", measure},
                                                                             {"rivals", rivals}});
        for (const double off : {0.98, 1.0, 1.02}) {
            add_row(name, true, off * rate);
        }
        add_row(name, false, 1e12);
    }
    json scaling() const {
        json all = json::array();
        for (const scaling_series& one : scaling_of(results_)) {
            all.push_back(to_json(one));
        }
        return all;
    }
    std::string report() {
        results_.run.scaling = scaling_of(results_);
        return scaling_report(results_);
    }

private:
    void add_row(const std::string& name, bool counted, double rate) {
        result_row& row = results_.rows.emplace_back();
        row.counted = counted;
        row.trial.measurement.emplace().listed.name = name;
        row.trial.measurement->real_time_ns = 1e9 / rate;
    }

    result_file results_;
};

void add_counter(file& to, const std::string& impl, int threads, double rate, bool oversubscribed = false) {
    to.add("counters/contended_add/" + impl + "/threads:" + std::to_string(threads) + "/work:0",
           {{"family", "counters"},
            {"workload", "contended_add"},
            {"impl", impl},
            {"threads", threads},
            {"work_ns", 0}},
           rate, oversubscribed);
}

const usl_law law{1e6, 0.02, 0.002};

TEST(ScalingSeries, ArePointsThatDifferInTheThreadCountOnly) {
    file made;
    for (const int threads : {1, 2, 3, 4, 6, 8, 12, 16}) {
        add_counter(made, "x", threads, law.rate(threads));
        add_counter(made, "y", threads, threads == 1 ? 4e8 : 1e8);
    }
    add_counter(made, "x", 24, 10, true);  // oversubscribed: in no law
    const json all = made.scaling();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].at("name"), "counters/contended_add/x/threads:n/work:0");
    EXPECT_EQ(all[0].at("axis"), "threads");
    EXPECT_EQ(all[0].at("points").size(), 9U);
    EXPECT_FALSE(all[0].at("point").contains("threads"));
    EXPECT_EQ(all[0].at("verdict"), "fitted");
    const json& fit = all[0].at("fit");
    EXPECT_NEAR(fit.at("sigma").at("value").get<double>(), law.sigma, 1e-6);
    EXPECT_EQ(fit.at("trials"), 24) << "those that are not counted take no part";
    EXPECT_EQ(fit.at("most_threads"), 16);
    EXPECT_NEAR(fit.at("peak").at("value").get<double>(), std::sqrt(0.98 / 0.002), 0.1);
    EXPECT_EQ(fit.at("peak").at("prediction"), true);
    for (const json& at : fit.at("curve")) {
        EXPECT_EQ(at.at("prediction"), at.at("threads").get<double>() > 16);
        EXPECT_LE(at.at("low").get<double>(), at.at("value").get<double>());
    }
    EXPECT_EQ(fit.at("curve").back().at("threads"), 32);
    EXPECT_EQ(all[1].at("verdict"), "retrograde");
}

TEST(ScalingSeries, TakeWorkersAndPairsOfProducersAndConsumers) {
    file made;
    for (const int n : {1, 2}) {
        for (const int m : {2, 1}) {
            made.add("queues/transfer/q/p:" + std::to_string(n) + "/c:" + std::to_string(m),
                     {{"family", "queues"},
                      {"workload", "transfer"},
                      {"impl", "q"},
                      {"producers", n},
                      {"consumers", m}},
                     1e6);
        }
        made.add("pools/submit_work/p/s:1/workers:" + std::to_string(n),
                 {{"family", "pools"},
                  {"workload", "submit_work"},
                  {"impl", "p"},
                  {"submitters", 1},
                  {"workers", n}},
                 1e6);
    }
    const json all = made.scaling();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].at("name"), "queues/transfer/q/p:n/c:n");
    ASSERT_EQ(all[0].at("points").size(), 2U);
    EXPECT_EQ(all[0].at("points")[0].at("name"), "queues/transfer/q/p:1/c:1")
        << "as many of one as of the other";
    EXPECT_EQ(all[0].at("points")[1].at("threads"), 4);
    EXPECT_EQ(all[1].at("name"), "pools/submit_work/p/s:1/workers:n");
    EXPECT_EQ(all[1].at("reason"),
              "2 thread counts with counted trials and a CPU for each thread; a law takes 6");
    EXPECT_EQ(made.report(),
              "no law of scaling for 2 series: 2x 2 thread counts with counted trials and a CPU for each "
              "thread; a law takes 6\n");
}

TEST(ScalingSeries, TakeNoLatenciesAndNoControls) {
    file made;
    for (const int n : {1, 2}) {
        const json point{{"family", "f"}, {"workload", "w"}, {"impl", "i"}, {"threads", n}};
        made.add("f/w/i/threads:" + std::to_string(n), point, 1, false, "latency");
        made.add("f/w/i/threads:" + std::to_string(n), point, 1, false, "items_per_second", "");
    }
    EXPECT_TRUE(made.scaling().empty());
    EXPECT_EQ(made.report(), "");
}

TEST(ScalingReport, SaysWhatIsAPredictionAndWhatCannotBePredicted) {
    file made;
    for (const int threads : {1, 2, 3, 4, 6, 8, 12, 16}) {
        add_counter(made, "peaks", threads, law.rate(threads));
        add_counter(made, "grows", threads, 1e6 * threads / (1 + 0.05 * (threads - 1)));
        add_counter(made, "falls", threads, threads == 1 ? 4e8 : 1e8);
    }
    const std::string report = made.report();
    EXPECT_NE(report.find("peaks/threads:n/work:0: contention 2 [2 .. 2]%, coherency 0.002"), std::string::npos)
        << report;
    EXPECT_NE(report.find("threads (a prediction: 16 were measured)"), std::string::npos) << report;
    EXPECT_NE(report.find("no peak can be predicted"), std::string::npos) << report;
    EXPECT_NE(
        report.find(
            "retrograde: more threads only make it slower, no law is fitted:\n  counters/contended_add/falls"),
        std::string::npos)
        << report;
}

}  // namespace
}  // namespace handoff::harness
