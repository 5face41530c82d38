#include "pair_source.hpp"

#include <algorithm>

#include "usage_error.hpp"

namespace handoff::harness {

std::string what_became_of(const side_trial& t) {
    const char* const what = t.seen.status == trial_status::crashed   ? "crashed"
                             : t.seen.status == trial_status::timeout ? "hung"
                             : t.ok()                                 ? "measured nothing"
                                                                      : "is invalid";
    return what + (t.seen.reason.empty() ? "" : ": " + t.seen.reason);
}

point_choice::point_choice(const std::vector<std::string>& filters,
                           const std::vector<std::string>& exceptions) {
    const auto compile = [&](const char* flag, const std::vector<std::string>& texts,
                             std::vector<std::regex>& into) {
        for (const std::string& text : texts) {
            try {
                into.emplace_back(text, std::regex::extended);
            } catch (const std::regex_error& e) {
                throw usage_error(std::string(flag) + " " + text + ": no regular expression: " + e.what());
            }
            first_ = first_.empty() ? std::string(flag) + " " + text : first_;
        }
    };
    compile("--filter", filters, filters_);
    compile("--except", exceptions, exceptions_);
}

bool point_choice::takes(const std::string& name) const {
    const auto matches = [&](const std::regex& r) { return std::regex_search(name, r); };
    return (filters_.empty() || std::ranges::any_of(filters_, matches)) &&
           std::ranges::none_of(exceptions_, matches);
}

void point_choice::check_any(std::size_t offered, std::size_t taken, const std::string& where_they_are) const {
    if (taken == 0 && offered > 0) {
        throw usage_error(first_ + ": no point " + where_they_are);
    }
}

}  // namespace handoff::harness
