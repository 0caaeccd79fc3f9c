// Where: a line of source, as a default argument that names the caller.
//
// Used by every call that may wait, so that a dump can say who waits where. clang 14 has no usable
// std::source_location, hence the builtins.
#pragma once

namespace greenroom {

struct Where {
    const char* file = "";  // a string literal: lives as long as the program
    int line = 0;

    static constexpr Where here(const char* file = __builtin_FILE(),
                                int line = __builtin_LINE()) noexcept {
        return {file, line};
    }
};

}  // namespace greenroom
