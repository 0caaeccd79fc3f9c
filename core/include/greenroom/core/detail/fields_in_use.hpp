// FieldsInUse: which fields (fields.hpp) whoever runs has: a pointer of its thread's, as a rule
// null.
//
// What fibers of a worker have in turn is put aside by each before it lets another run, and taken
// up when it goes on. So what a thread's loop begins finds none.
//
// Threads   A thread's own.
// Lifetime  Who sets them keeps them for as long, on the same stack.
#pragma once

namespace greenroom::detail {

struct FieldSet;

// Of whoever runs now; null for none.
const FieldSet* fields_in_use() noexcept;
// Makes them the caller's; returns those before.
const FieldSet* use_fields(const FieldSet* fields) noexcept;

// While it lives, the caller has `fields`; if that is null, those that it has anyway.
class FieldsInUse {
public:
    explicit FieldsInUse(const FieldSet* fields) noexcept
        : changed_{fields != nullptr}, before_{changed_ ? use_fields(fields) : nullptr} {}
    ~FieldsInUse() {
        if (changed_) (void)use_fields(before_);
    }
    FieldsInUse(const FieldsInUse&) = delete;
    FieldsInUse& operator=(const FieldsInUse&) = delete;

private:
    const bool changed_;
    const FieldSet* const before_;
};

// While it lives, whoever runs on this thread has none.
class FieldsAside {
public:
    FieldsAside() noexcept : before_{use_fields(nullptr)} {}
    ~FieldsAside() { (void)use_fields(before_); }
    FieldsAside(const FieldsAside&) = delete;
    FieldsAside& operator=(const FieldsAside&) = delete;

private:
    const FieldSet* const before_;
};

}  // namespace greenroom::detail
