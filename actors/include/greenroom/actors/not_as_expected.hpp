// NotAsExpected: what those parts of the library throw that are for tests (probe.hpp, faults.hpp,
// tree_shape.hpp), when something is not so in time. Its text says what was expected, where in the
// test, and what was found instead.
//
//     catch (const greenroom::NotAsExpected& difference) { FAIL() << difference.what(); }
#pragma once

#include <greenroom/core/where.hpp>
#include <stdexcept>
#include <string>

namespace greenroom {

class NotAsExpected : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

namespace detail {

// "at shop_test.cpp:12".
std::string at(const Where& where);

}  // namespace detail

}  // namespace greenroom
