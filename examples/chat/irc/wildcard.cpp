#include "wildcard.hpp"

#include "limits.hpp"
#include "text.hpp"

namespace chat {

bool matches(std::string_view mask, std::string_view text) noexcept {
    std::size_t at = 0;
    std::size_t in_text = 0;
    std::size_t after_star = std::string_view::npos;  // where the mask goes on after its last star
    std::size_t star_ends = 0;                        // up to where that star stands for the text
    while (in_text < text.size()) {
        if (at < mask.size() && mask[at] == '*') {
            after_star = ++at;
            star_ends = in_text;
        } else if (at < mask.size() && (mask[at] == '?' || fold(mask[at]) == fold(text[in_text]))) {
            ++at;
            ++in_text;
        } else if (after_star != std::string_view::npos) {
            // Only the last star needs to try again: what came before it has its best place.
            at = after_star;
            in_text = ++star_ends;
        } else {
            return false;
        }
    }
    return mask.find_first_not_of('*', at) == std::string_view::npos;
}

bool has_wildcard(std::string_view mask) noexcept {
    return mask.find_first_of("*?") != std::string_view::npos;
}

std::string complete_mask(std::string_view given) {
    const std::size_t bang = given.find('!');
    const std::size_t at = given.find('@', bang == std::string_view::npos ? 0 : bang);
    std::string whole{given};
    if (at == std::string_view::npos) {
        whole += bang == std::string_view::npos ? "!*@*" : "@*";
    } else if (bang == std::string_view::npos) {
        whole.insert(0, "*!");
    }
    std::string mask;
    for (char byte : whole) {
        if (byte != '*' || mask.empty() || mask.back() != '*') mask += byte;
    }
    return std::string{clipped(mask, mask_bytes_max)};
}

}  // namespace chat
