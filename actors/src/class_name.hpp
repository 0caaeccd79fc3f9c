// The names of classes, as a test writes them.
#pragma once

#include <string>
#include <string_view>

namespace greenroom::detail {

// Of "shop::Topic<(anonymous namespace)::Price>", "Topic<Price>".
std::string without_namespaces(std::string_view name);

// For reading a text of names: how deep a character lies in the angles of a template's arguments,
// where neither parentheses nor commas belong to the text.
class Angles {
public:
    // True: `c` is outside of all, and no angle itself.
    bool is_outside(char c) noexcept {
        if (c == '<') ++depth_;
        if (c == '>' && depth_ > 0) {
            --depth_;
            return false;
        }
        return depth_ == 0;
    }

private:
    int depth_ = 0;
};

}  // namespace greenroom::detail
