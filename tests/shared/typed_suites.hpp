// Typed suites that take the compiler little time.
//
// GoogleTest's INSTANTIATE_TYPED_TEST_SUITE_P makes a function for each test and type that names and registers
// it: up to a third of what a compiler has to do for a program of such tests, with a sanitizer. Here each test
// of a type costs a function that makes it, and one function registers them all. Tests have the names that
// GoogleTest gives them.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <span>
#include <string>

namespace handoff::tests {

/// Makes a test for GoogleTest, which deletes it.
using test_maker = testing::Test* (*)();

template <class Test>
testing::Test* make_test() {
    static_assert(&Test::SetUpTestSuite == &testing::Test::SetUpTestSuite &&
                      &Test::TearDownTestSuite == &testing::Test::TearDownTestSuite,
                  "tests that are registered here have no hooks of their suite");
    return new Test;
}

/// What REGISTER_TYPED_TEST_SUITE_P has said of a suite.
struct typed_suite {
    const char* name;
    const char* tests;  ///< their names, with commas between them
    const testing::internal::TypedTestSuitePState* state;
};

/// Registers the tests of a suite with one type as PREFIX/SUITE/TYPE.TEST.
void add_typed_tests(const char* prefix, const typed_suite& suite, const std::string& type,
                     const std::string& spelling, std::span<const test_maker> makers);

template <class Tests, class Types>
struct tests_with;
template <template <class> class... Tests, class... Types>
struct tests_with<testing::internal::Templates<Tests...>, testing::internal::Types<Types...>> {
    template <class Type>
    static constexpr std::array<test_maker, sizeof...(Tests)> makers{&make_test<Tests<Type>>...};

    /// `Names` is as for GoogleTest: it has a `GetName<Type>(number of the type)`.
    template <class Names = testing::internal::DefaultNameGenerator>
    static bool add(const char* prefix, const typed_suite& suite) {
        int number = 0;
        (add_typed_tests(prefix, suite, Names::template GetName<Types>(number++),
                         testing::internal::GetTypeName<Types>(), makers<Types>),
         ...);
        return true;
    }
};

}  // namespace handoff::tests

/// As INSTANTIATE_TYPED_TEST_SUITE_P(Prefix, Suite, Types), in namespace scope.
#define HANDOFF_TYPED_TESTS(Prefix, Suite, Types) HANDOFF_NAMED_TYPED_TESTS(Prefix, Suite, Types, )

/// Likewise, with `Names` for the types.
#define HANDOFF_NAMED_TYPED_TESTS(Prefix, Suite, Types, Names)                             \
    static const bool handoff_##Prefix##_##Suite =                                         \
        ::handoff::tests::tests_with<GTEST_SUITE_NAMESPACE_(Suite)::gtest_AllTests_,       \
                                     ::testing::internal::GenerateTypeList<Types>::type>:: \
            add<Names>(#Prefix,                                                            \
                       {#Suite, GTEST_REGISTERED_TEST_NAMES_(Suite), &GTEST_TYPED_TEST_SUITE_P_STATE_(Suite)})
