#include <greenroom/core/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace greenroom::detail {

void assert_failed(const char* expression, const char* file, int line) noexcept {
    std::fprintf(stderr, "greenroom: bug: %s does not hold, at %s:%d\n", expression, file, line);
    std::abort();
}

}  // namespace greenroom::detail
