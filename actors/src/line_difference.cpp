#include "line_difference.hpp"

#include <algorithm>

namespace greenroom::detail {

namespace {

using Lines = std::vector<std::string>;

// For each pair of places, how many lines in order both texts have from there on.
class CommonLines {
public:
    CommonLines(const Lines& one, const Lines& other)
        : width_{other.size() + 1}, counts_((one.size() + 1) * width_) {
        for (std::size_t i = one.size(); i-- > 0;) {
            for (std::size_t j = other.size(); j-- > 0;) {
                counts_[i * width_ + j] = one[i] == other[j]
                                              ? from(i + 1, j + 1) + 1
                                              : std::max(from(i + 1, j), from(i, j + 1));
            }
        }
    }
    std::size_t from(std::size_t i, std::size_t j) const { return counts_[i * width_ + j]; }

private:
    const std::size_t width_;
    std::vector<std::size_t> counts_;
};

void add(std::string& text, const char* mark, const std::string& line) {
    text += mark + line + "\n";
}

std::string both(const Lines& wanted, const Lines& found) {
    std::string text;
    for (const std::string& line : wanted) add(text, "- ", line);
    for (const std::string& line : found) add(text, "+ ", line);
    return text;
}

}  // namespace

std::string line_difference(const Lines& wanted, const Lines& found) {
    if (std::max(wanted.size(), found.size()) > compared_lines_max) return both(wanted, found);
    const CommonLines common{wanted, found};
    std::string text;
    std::size_t i = 0;
    std::size_t j = 0;
    while (i < wanted.size() || j < found.size()) {
        if (i < wanted.size() && j < found.size() && wanted[i] == found[j]) {
            add(text, "  ", wanted[i]);
            ++i;
            ++j;
        } else if (j == found.size() ||
                   (i < wanted.size() && common.from(i + 1, j) >= common.from(i, j + 1))) {
            add(text, "- ", wanted[i++]);
        } else {
            add(text, "+ ", found[j++]);
        }
    }
    return text;
}

}  // namespace greenroom::detail
