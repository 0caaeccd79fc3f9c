// What differs between two texts, line by line.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace greenroom::detail {

// Of longer texts all lines of both are told.
inline constexpr std::size_t compared_lines_max = 500;

// Every line once: "  " before one that both have, "- " before one of `wanted` alone, "+ " before
// one of `found` alone. As few differ as possible.
std::string line_difference(const std::vector<std::string>& wanted,
                            const std::vector<std::string>& found);

}  // namespace greenroom::detail
