#include <greenroom/core/fields.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <memory>
#include <stdexcept>

#include "this_thread.hpp"

namespace greenroom {

namespace detail {

// What a Fields, and all copies of it, refer to.
struct FieldSet {
    mutable RefCount holders{0};
    std::vector<Field> all;
};

namespace {

template <class Number>
std::string number_text(Number number) {
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
    return {text.data(), end};
}

void require_name(std::string_view name) {
    const auto fits = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    };
    if (!name.empty() && std::ranges::all_of(name, fits)) return;
    throw std::invalid_argument{"FieldScope: \"" + std::string{name} +
                                "\" is no name of a field: that has letters, digits, '_', '-' and "
                                "'.', and one at least"};
}

void require_limits(const std::vector<Field>& all) {
    if (all.size() > Fields::count_max) {
        throw std::invalid_argument{"FieldScope: with those outside it would be " +
                                    std::to_string(all.size()) + " fields; count_max is " +
                                    std::to_string(Fields::count_max)};
    }
    std::size_t bytes = 0;
    for (const Field& field : all) bytes += field.name.size() + field.value.size();
    if (bytes > Fields::bytes_max) {
        throw std::invalid_argument{"FieldScope: with those outside the fields would have " +
                                    std::to_string(bytes) + " bytes; bytes_max is " +
                                    std::to_string(Fields::bytes_max)};
    }
}

Fields joined(const Fields& outer, std::initializer_list<Field> more) {
    if (more.size() == 0) return outer;
    auto made = std::make_unique<FieldSet>();
    made->all = outer.all();
    for (const Field& field : more) {
        require_name(field.name);
        const auto same = std::ranges::find(made->all, field.name, &Field::name);
        if (same == made->all.end()) {
            made->all.push_back(field);
        } else {
            same->value = field.value;
        }
    }
    require_limits(made->all);
    return Fields{made.release()};
}

bool is_plain(char c) noexcept { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

void add_quoted(std::string& text, std::string_view value) {
    static constexpr char digits[] = "0123456789abcdef";
    text += '"';
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            (text += '\\') += c;
        } else if (c == '\n') {
            text += "\\n";
        } else if (byte < ' ' || byte == 0x7f) {
            ((text += "\\x") += digits[byte >> 4]) += digits[byte & 15];
        } else {
            text += c;
        }
    }
    text += '"';
}

}  // namespace

std::string field_text(bool value) { return value ? "true" : "false"; }
std::string field_text(char value) { return {value}; }
std::string field_text(long long value) { return number_text(value); }
std::string field_text(unsigned long long value) { return number_text(value); }
std::string field_text(double value) { return number_text(value); }

const FieldSet* fields_in_use() noexcept {
    return has_no_fields() ? nullptr : this_thread().fields;
}

[[gnu::noinline]] const FieldSet* use_fields(const FieldSet* fields) noexcept {
    ThisThread& thread = this_thread();
    const FieldSet* const before = std::exchange(thread.fields, fields);
    thread.choose_blocks();
    return before;
}

}  // namespace detail

Fields::Fields(const detail::FieldSet* shared) noexcept : set_{shared} {
    if (set_ != nullptr) set_->holders.add();
}

Fields::Fields(const Fields& other) noexcept : Fields{other.set_} {}

void Fields::let_go() noexcept {
    if (set_->holders.drop()) delete set_;
}

const std::vector<Field>& Fields::all() const noexcept {
    static const std::vector<Field> none;
    return set_ == nullptr ? none : set_->all;
}

const std::string* Fields::find(std::string_view name) const noexcept {
    const auto found = std::ranges::find(all(), name, &Field::name);
    return found == all().end() ? nullptr : &found->value;
}

Fields current_fields() noexcept { return Fields{detail::fields_in_use()}; }

std::string to_string(const Fields& fields) {
    std::string text;
    for (const Field& field : fields.all()) {
        if (!text.empty()) text += ' ';
        (text += field.name) += '=';
        if (!field.value.empty() && std::ranges::all_of(field.value, detail::is_plain)) {
            text += field.value;
        } else {
            detail::add_quoted(text, field.value);
        }
    }
    return text;
}

FieldScope::FieldScope(std::initializer_list<Field> more)
    : mine_{detail::joined(current_fields(), more)}, before_{detail::use_fields(mine_.set())} {}

FieldScope::FieldScope(Fields instead) noexcept
    : mine_{std::move(instead)}, before_{detail::use_fields(mine_.set())} {}

FieldScope::~FieldScope() {
    const detail::FieldSet* const ended = detail::use_fields(before_);
    const bool scopes_end_in_reverse_where_they_began = ended == mine_.set();
    GREENROOM_ASSERT(scopes_end_in_reverse_where_they_began);
}

}  // namespace greenroom
