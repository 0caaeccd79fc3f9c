// Result: a value, or the failure in its place. For who must expect either and wants no exception.
//
//   Result<int> parse(const std::string& text) {
//       if (text.empty()) return Error{Errc::not_found, "no number"};
//       return std::stoi(text);
//   }
//   Result<int> port = parse(text);
//   listen(port.ok() ? port.value() : 7000);
//
// Copies of a Result share its failure. A failure is what was thrown, or what value() would throw.
#pragma once

#include <concepts>
#include <exception>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/error.hpp>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace greenroom {

namespace detail {

// What a Result is without its value.
class Failure {
public:
    bool ok() const noexcept { return failure_ == nullptr; }
    explicit operator bool() const noexcept { return ok(); }

    // Null if ok().
    const std::exception_ptr& failure() const noexcept { return failure_; }
    // The failure's code if it is an Error or another std::system_error, else Errc::failed; zero if
    // ok().
    std::error_code code() const;
    // The failure's what(); empty if ok().
    std::string story() const;

protected:
    Failure() noexcept = default;
    explicit Failure(std::exception_ptr failure) noexcept : failure_{std::move(failure)} {
        GREENROOM_ASSERT(failure_ != nullptr);
    }

    void rethrow() const {
        if (failure_ != nullptr) std::rethrow_exception(failure_);
    }

private:
    std::exception_ptr failure_;
};

}  // namespace detail

template <class T>
class [[nodiscard]] Result : public detail::Failure {
public:
    Result(T value) : value_{std::move(value)} {}
    template <std::derived_from<std::exception> E>
    Result(E failure) : Failure{std::make_exception_ptr(std::move(failure))} {}
    // Requires a failure (asserted).
    explicit Result(std::exception_ptr failure) noexcept : Failure{std::move(failure)} {}

    // The value, or throws the failure.
    T& value() & {
        rethrow();
        return *value_;
    }
    const T& value() const& {
        rethrow();
        return *value_;
    }
    T value() && {
        rethrow();
        return std::move(*value_);
    }
    T value_or(T other) && { return ok() ? std::move(*value_) : std::move(other); }

private:
    std::optional<T> value_;
};

// That something was done, or why not.
template <>
class [[nodiscard]] Result<void> : public detail::Failure {
public:
    Result() noexcept = default;
    template <std::derived_from<std::exception> E>
    Result(E failure) : Failure{std::make_exception_ptr(std::move(failure))} {}
    // Requires a failure (asserted).
    explicit Result(std::exception_ptr failure) noexcept : Failure{std::move(failure)} {}

    // Throws the failure, if there is one.
    void value() const { rethrow(); }
};

// What `function` returns or throws. Cancelled is neither, and passes through.
template <class F>
auto result_of(F&& function) -> Result<std::invoke_result_t<F&>> {
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
            function();
            return {};
        } else {
            return function();
        }
    } catch (const Cancelled&) {
        throw;
    } catch (...) {
        return Result<std::invoke_result_t<F&>>{std::current_exception()};
    }
}

}  // namespace greenroom
