#include <greenroom/actors/any_ref.hpp>
#include <ostream>

namespace greenroom {

std::string to_string(const AnyRef& ref) {
    if (!ref) return "nobody";
    return detail::numbered(*ref.cell());
}

std::ostream& operator<<(std::ostream& out, const AnyRef& ref) { return out << to_string(ref); }

}  // namespace greenroom
