#include "modes.hpp"

#include "limits.hpp"

namespace chat {
namespace {

bool contains(std::string_view letters, char letter) noexcept {
    return letters.find(letter) != std::string_view::npos;
}

// The parameters of one request, handed out in order.
class Params {
public:
    explicit Params(const std::vector<std::string_view>& words) : words_{words} {}

    bool empty() const noexcept { return next_ == words_.size(); }
    bool exhausted() const noexcept { return next_ > mode_params_max; }
    std::string_view take() { return words_[next_++]; }

private:
    const std::vector<std::string_view>& words_;
    std::size_t next_ = 1;  // behind the letters
};

void add_with_param(ModeRequest& request, bool adds, char letter, Params& params) {
    if (!params.empty()) {
        const bool exhausted = params.exhausted();
        const std::string_view param = params.take();
        if (!exhausted && !param.empty()) request.changes.push_back({adds, letter, param});
    } else if (letter == 'b') {
        request.lists_bans = true;
    } else if (letter == 'k' && !adds) {
        request.changes.push_back({adds, letter, {}});
    } else {
        request.without_param.push_back(letter);
    }
}

}  // namespace

ModeRequest parse_modes(const std::vector<std::string_view>& words) {
    ModeRequest request;
    if (words.empty()) return request;
    Params params{words};
    bool adds = true;
    for (char letter : words[0]) {
        if (letter == '+' || letter == '-') {
            adds = letter == '+';
        } else if (contains("bovk", letter) || (letter == 'l' && adds)) {
            add_with_param(request, adds, letter, params);
        } else if (contains("imnstl", letter)) {
            request.changes.push_back({adds, letter, {}});
        } else if (!contains({request.unknown.data(), request.unknown.size()}, letter)) {
            request.unknown.push_back(letter);
        }
    }
    return request;
}

}  // namespace chat
