#include "line.hpp"

#include "limits.hpp"
#include "text.hpp"

namespace chat {

Line::Line(std::string_view prefix, std::string_view command) {
    line_.reserve(128);
    line_ = prefix;
    if (!prefix.empty()) line_ += ' ';
    line_ += command;
}

Line& Line::word(std::string_view param) {
    line_ += ' ';
    line_ += param.empty() ? std::string_view{"*"} : param;
    return *this;
}

Line& Line::text(std::string_view param) {
    line_ += " :";
    line_ += param;
    return *this;
}

std::string Line::done() const {
    std::string whole{clipped(line_, line_bytes_max - 2)};
    whole += "\r\n";
    return whole;
}

std::string prefix_of(std::string_view name) {
    std::string prefix{":"};
    prefix += name;
    return prefix;
}

}  // namespace chat
