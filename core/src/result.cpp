#include <greenroom/core/result.hpp>

namespace greenroom::detail {

std::error_code Failure::code() const {
    if (ok()) return {};
    try {
        rethrow();
    } catch (const std::system_error& failure) {
        return failure.code();
    } catch (...) {
    }
    return Errc::failed;
}

std::string Failure::story() const {
    if (ok()) return {};
    try {
        rethrow();
    } catch (const std::exception& failure) {
        return failure.what();
    } catch (...) {
    }
    return "something that is no std::exception";
}

}  // namespace greenroom::detail
