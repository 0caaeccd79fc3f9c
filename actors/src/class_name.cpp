#include "class_name.hpp"

#include <cctype>
#include <cstddef>

namespace greenroom::detail {

namespace {

bool is_of_word(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool closes(char c) noexcept { return c == '>' || c == ')' || c == '}'; }
bool opens(char c) noexcept { return c == '<' || c == '(' || c == '{'; }

// Where the group begins whose last character is before `end`.
std::size_t group_begin(std::string_view text, std::size_t end) noexcept {
    int depth = 0;
    while (end > 0) {
        const char c = text[--end];
        if (closes(c)) ++depth;
        if (opens(c) && --depth == 0) break;
    }
    return end;
}

// Where the last component of a qualified name begins: a word, with what is in brackets behind it.
std::size_t component_begin(std::string_view text) noexcept {
    std::size_t begin = text.size();
    while (begin > 0 && closes(text[begin - 1])) begin = group_begin(text, begin);
    while (begin > 0 && is_of_word(text[begin - 1])) --begin;
    return begin;
}

}  // namespace

std::string without_namespaces(std::string_view name) {
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name.substr(i, 2) == "::") {
            out.resize(component_begin(out));
            ++i;
        } else {
            out += name[i];
        }
    }
    return out;
}

}  // namespace greenroom::detail
