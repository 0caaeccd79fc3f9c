#include <greenroom/actors/not_as_expected.hpp>

namespace greenroom::detail {

std::string at(const Where& where) {
    return std::string{"at "} + where.file + ":" + std::to_string(where.line);
}

}  // namespace greenroom::detail
