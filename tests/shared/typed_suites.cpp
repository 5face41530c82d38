#include "shared/typed_suites.hpp"

#include <string_view>

namespace handoff::tests {

void add_typed_tests(const char* prefix, const typed_suite& suite, const std::string& type,
                     const std::string& spelling, std::span<const test_maker> makers) {
    testing::internal::RegisterTypeParameterizedTestSuiteInstantiation(suite.name);
    const std::string full_name = std::string(prefix) + "/" + suite.name + "/" + type;
    std::string_view left = suite.tests;
    for (const test_maker make : makers) {
        const std::size_t end = left.find(',');
        std::string_view name = left.substr(0, end);
        left = end == std::string_view::npos ? std::string_view() : left.substr(end + 1);
        name.remove_prefix(name.find_first_not_of(" \n"));
        name = name.substr(0, name.find_last_not_of(" \n") + 1);
        const std::string test(name);
        const testing::internal::CodeLocation& stands = suite.state->GetCodeLocation(test);
        testing::RegisterTest(full_name.c_str(), test.c_str(), spelling.c_str(), nullptr, stands.file.c_str(),
                              stands.line, make);
    }
}

}  // namespace handoff::tests
