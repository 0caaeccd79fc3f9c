// ShareCount: what is frequent among names that come one by one, in little memory.
//
// Threads  One at a time.
// Limits   `names_max` names; what comes when there are so many others is counted together.
#pragma once

#include <array>
#include <cstddef>
#include <greenroom/actors/overload.hpp>
#include <string_view>
#include <vector>

namespace greenroom::detail {

class ShareCount {
public:
    static constexpr std::size_t names_max = 16;
    static constexpr std::size_t top_max = 3;

    // The name lives longer than this.
    void add(std::string_view name) noexcept;
    // How often each of the most frequent came, and how often any.
    std::vector<OverloadShare> top() const;
    std::size_t total() const noexcept { return total_; }
    void clear() noexcept { *this = {}; }

private:
    struct Share {
        std::string_view name;
        std::size_t count = 0;
    };

    std::array<Share, names_max> shares_{};
    std::size_t used_ = 0;
    std::size_t total_ = 0;
};

}  // namespace greenroom::detail
