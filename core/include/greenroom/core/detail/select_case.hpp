// SelectCase: one of the things that a select waits for, as select.cpp sees it.
//
// An object that can be waited for has a lock, lines of waiters, and a condition that is looked at
// under the lock. Its case says just that. Wakers know nothing of a select: they meet an entry in
// their line, win its record, and leave in the entry what the waiter is to have.
//
// Threads   Of the caller's frame alone, but for what the entry says.
// Lifetime  A temporary in the call of select().
#pragma once

#include <cstddef>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <optional>
#include <span>
#include <utility>

namespace greenroom::detail {

class SelectCase {
public:
    SelectCase(const SelectCase&) = delete;
    SelectCase& operator=(const SelectCase&) = delete;

    // What is to be done when this case was chosen. Without any lock.
    virtual void run() = 0;

    // Of the object.
    virtual void lock() noexcept { guard_->lock.lock(); }
    virtual void unlock() noexcept { guard_->lock.unlock(); }

    // False: as if the case were not there.
    void enable(bool enabled) noexcept { enabled_ = enabled; }
    // Its place among the arguments of select.
    std::size_t index() const noexcept { return index_; }

protected:
    // A case whose waiters stand in `line`. `guard` is the same for all cases of the object; its
    // number is that of the object, and its lock the object's, if the case does not say another.
    SelectCase(WaitQueue& guard, WaitQueue& line, Where where) noexcept
        : guard_{&guard}, line_{&line}, where_{where} {}
    // A case that is chosen at `deadline` if no other was. In the past: select does not wait.
    SelectCase(Deadline deadline, Where where) noexcept : deadline_{deadline}, where_{where} {}
    ~SelectCase() = default;

private:
    friend class Selection;

    // Does it, if it can be done now. Under the lock; who was served goes to `woken`.
    virtual bool try_locked(Resumption& woken) noexcept = 0;
    // The entry to be listed, in which a waker leaves what this case waits for.
    virtual WaitEntry& make_entry(WaitRecord& record) noexcept = 0;

    WaitQueue* const guard_ = nullptr;  // null: a deadline
    WaitQueue* const line_ = nullptr;
    const Deadline deadline_;
    const Where where_;
    bool enabled_ = true;
    std::size_t index_ = 0;
    WaitEntry* entry_ = nullptr;       // while select waits
    SelectCase* next_lock_ = nullptr;  // in the order of locking
};

// Chooses one of `cases` and has it done, but for its run(); returns its index. Reorders them.
std::size_t select_one(std::span<SelectCase*> cases);

// A channel has come to its end, and its case takes items only.
[[noreturn]] void throw_select_at_end();

// A case of something that is ready or not, and hands nothing over: SelectAccess knows how to look.
template <class Object, class Then>
class ReadyCase final : public SelectCase {
public:
    ReadyCase(Object& object, WaitQueue& line, Then then, Where where)
        : SelectCase{line, line, where}, object_{object}, then_{std::move(then)} {}

    void run() override { then_(); }

private:
    bool try_locked(Resumption&) noexcept override;
    WaitEntry& make_entry(WaitRecord& record) noexcept override { return waiter_.emplace(record); }

    Object& object_;
    Then then_;
    std::optional<WaitEntry> waiter_;
};

// A case of time: `after`, `at` and `otherwise`.
template <class Then>
class DeadlineCase final : public SelectCase {
public:
    DeadlineCase(Deadline deadline, Then then, Where where)
        : SelectCase{deadline, where}, then_{std::move(then)} {}

    void run() override { then_(); }

private:
    bool try_locked(Resumption&) noexcept override { return false; }
    WaitEntry& make_entry(WaitRecord& record) noexcept override { return waiter_.emplace(record); }

    Then then_;
    std::optional<WaitEntry> waiter_;  // never listed
};

}  // namespace greenroom::detail
