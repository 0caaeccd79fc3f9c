// MessageOrigin: the message that an answer is of, and where it was sent: for the story of an
// answer that never came.
#pragma once

#include <exception>
#include <greenroom/core/where.hpp>
#include <string_view>

namespace greenroom::detail {

class Cell;

struct MessageOrigin {
    std::string_view message;
    Where where;
};

// Why there is no answer, by who drops what it was to be given to. `taker` is whose handler has
// taken that; null: nobody's yet.
std::exception_ptr why_unanswered(const Cell* taker, const MessageOrigin& origin) noexcept;

}  // namespace greenroom::detail
