// Fields: what an activity works at, as names with values, for the lines that it logs and for who
// traces a request through many actors.
//
//   FieldScope scope{{"request", 17}, {"user", name}};
//   log(LogLevel::info, "accepted");   // "accepted [request=17 user=ann]"
//   account.tell(Deposit{25});         // is handled with the same fields
//
// They go with all that is begun inside of the scope: messages that are told, asked, requested,
// forwarded, published or delayed, actors that are spawned, tasks, timers, calls of the blocking
// pool and continuations. An answer brings none: who gets it has its own.
//
// Threads   Any. Each task, each handler, each plain thread has its own; a Fields is a value.
// Limits    Fields::count_max and bytes_max, of all that are in force together.
// Cost      Who has none pays nothing for them in a message. Else a message has a block of memory
//           more, and shares the fields, which are not copied.
#pragma once

#include <cstddef>
#include <greenroom/core/detail/fields_in_use.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace greenroom {

namespace detail {

std::string field_text(bool value);
std::string field_text(char value);
std::string field_text(long long value);
std::string field_text(unsigned long long value);
std::string field_text(double value);

}  // namespace detail

template <class T>
concept FieldNumber = std::is_arithmetic_v<T>;

struct Field {
    // The name has letters, digits, '_', '-' and '.', and one at least.
    Field(std::string_view its_name, std::string_view its_value)
        : name{its_name}, value{its_value} {}
    Field(std::string_view its_name, FieldNumber auto number)
        : name{its_name}, value{text_of(number)} {}

    friend bool operator==(const Field&, const Field&) = default;

    std::string name;
    std::string value;

private:
    template <class T>
    static std::string text_of(T number) {
        if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, char>) {
            return detail::field_text(number);
        } else if constexpr (std::is_floating_point_v<T>) {
            return detail::field_text(static_cast<double>(number));
        } else if constexpr (std::is_signed_v<T>) {
            return detail::field_text(static_cast<long long>(number));
        } else {
            return detail::field_text(static_cast<unsigned long long>(number));
        }
    }
};

// Those of one activity at one time: never changed, and cheap to copy.
class Fields {
public:
    static constexpr std::size_t count_max = 32;
    static constexpr std::size_t bytes_max = 4096;  // of names and values

    Fields() noexcept = default;  // none
    Fields(const Fields& other) noexcept;
    Fields(Fields&& other) noexcept : set_{std::exchange(other.set_, nullptr)} {}
    Fields& operator=(Fields other) noexcept {
        std::swap(set_, other.set_);
        return *this;
    }
    ~Fields() {
        if (set_ != nullptr) let_go();
    }

    bool empty() const noexcept { return set_ == nullptr; }
    // In the order in which their names came, the outermost scope first. Valid while one that has
    // them lives.
    const std::vector<Field>& all() const noexcept;
    // The value of that name; null if there is none.
    const std::string* find(std::string_view name) const noexcept;

    friend bool operator==(const Fields& one, const Fields& other) noexcept {
        return one.set_ == other.set_ || one.all() == other.all();
    }

    // For the library.
    explicit Fields(const detail::FieldSet* shared) noexcept;
    const detail::FieldSet* set() const noexcept { return set_; }

private:
    void let_go() noexcept;

    const detail::FieldSet* set_ = nullptr;
};

// The caller's.
Fields current_fields() noexcept;

// `request=17 user="Ann Lee"`: a value is in quotes if it is empty, or has a space, a quote, a
// backslash or what is no printing ASCII; quotes, backslashes and controls are escaped.
std::string to_string(const Fields& fields);

// While it lives, the caller has these fields. Scopes end in the reverse order, in the task, the
// handler or the plain thread where they began; a generator does not yield inside of one.
class [[nodiscard]] FieldScope {
public:
    // Beside those that the caller has; of two with the same name the newer one counts. Throws
    // std::invalid_argument for a name that is none, and beyond the limits of Fields.
    explicit FieldScope(std::initializer_list<Field> more);
    // In the place of all that the caller has: for what was called with them, and comes to it
    // later, from outside of the library.
    explicit FieldScope(Fields instead) noexcept;
    ~FieldScope();
    FieldScope(const FieldScope&) = delete;
    FieldScope& operator=(const FieldScope&) = delete;

private:
    const Fields mine_;
    const detail::FieldSet* const before_;
};

}  // namespace greenroom
