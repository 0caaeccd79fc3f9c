// WaitQueue: the line in front of a synchronisation object, oldest first, and the object's lock.
//
// Threads   All members but `lock` need the lock.
// Lifetime  Destroying one in which somebody waits is a bug and aborts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <utility>

namespace greenroom::detail {

class WaitQueue;

// A record's place in one queue. `select` puts one record into several queues, hence apart from it.
// Derive from it to say what the waiter wants: a count of permits, a place for an item.
struct WaitEntry {
    explicit WaitEntry(WaitRecord& waiter) noexcept : record{waiter} {}

    WaitRecord& record;
    WaitEntry* next = nullptr;      // guarded by the queue's lock, like
    WaitEntry* previous = nullptr;  // this one
    bool listed = false;            // and this
};

class WaitQueue {
public:
    WaitQueue() noexcept = default;
    ~WaitQueue() { GREENROOM_ASSERT(first_ == nullptr); }
    WaitQueue(const WaitQueue&) = delete;
    WaitQueue& operator=(const WaitQueue&) = delete;

    void add(WaitEntry& entry) noexcept {
        GREENROOM_ASSERT(!entry.listed);
        entry.listed = true;
        entry.previous = last_;
        entry.next = nullptr;
        (last_ == nullptr ? first_ : last_->next) = &entry;
        last_ = &entry;
    }

    // Takes the entry out if it is still in.
    void remove(WaitEntry& entry) noexcept {
        if (!entry.listed) return;
        entry.listed = false;
        (entry.previous == nullptr ? first_ : entry.previous->next) = entry.next;
        (entry.next == nullptr ? last_ : entry.next->previous) = entry.previous;
    }

    bool empty() const noexcept { return first_ == nullptr; }
    WaitEntry* first() const noexcept { return first_; }

    // The oldest entry whose wait is not decided, or null. One that gave up is passed over: it will
    // unlink itself, and serve the line behind it.
    WaitEntry* first_waiting() const noexcept { return waiting_from(first_); }
    // The same from `entry` on. Who serves many in one hold of the lock goes on by this: those who
    // gave up cannot unlink themselves meanwhile, and are to be met once, not for each.
    static WaitEntry* waiting_from(WaitEntry* entry) noexcept {
        while (entry != nullptr && entry->record.outcome() != Outcome::waiting) entry = entry->next;
        return entry;
    }

    // Decides `entry` as woken and takes it out. False: it had given up; it stays in.
    // The caller resumes entry.record after it let go of the lock.
    [[nodiscard]] bool win(WaitEntry& entry) noexcept {
        if (mutant(Mutant::wake_decides_outside_lock)) return win_unlocked(entry);
        return take_out_if(entry.record.decide_woken(), entry);
    }
    // For who knows its worker, or has none: null.
    [[nodiscard]] bool win(WaitEntry& entry, const Worker* here) noexcept {
        if (mutant(Mutant::wake_decides_outside_lock)) return win_unlocked(entry);
        return take_out_if(entry.record.decide_woken(here), entry);
    }

    // The oldest who still waits, won and taken out, or null. Who gave up is passed over, as by
    // first_waiting().
    [[nodiscard]] WaitEntry* win_first() noexcept {
        WaitEntry* from = first_;
        return win_next(from);
    }
    // The same from `from` on, which is then behind the one returned: for who wins many in one hold
    // of the lock, and began with first(). `here` as for win().
    template <class... Here>
    [[nodiscard]] WaitEntry* win_next(WaitEntry*& from, Here... here) noexcept {
        while (from != nullptr) {
            WaitEntry* const entry = std::exchange(from, from->next);
            if (win(*entry, here...)) return entry;
        }
        return nullptr;
    }

    // Fixed once asked for, and by then higher than all that were given before: the order in which
    // selects lock.
    std::uint32_t number() noexcept {
        // relaxed: whoever reads a number reads the same one, and that is all that counts.
        const std::uint32_t given = number_.load(std::memory_order_relaxed);
        return given != 0 ? given : give_number();
    }

    SpinLock lock;

private:
    std::uint32_t give_number() noexcept;

    bool take_out_if(bool won, WaitEntry& entry) noexcept {
        if (won && !mutant(Mutant::wake_without_unlinking)) remove(entry);
        return won;
    }

    // A mutant of win().
    bool win_unlocked(WaitEntry& entry) noexcept {
        lock.unlock();
        const bool won = entry.record.decide_woken();
        lock.lock();
        if (won) remove(entry);
        return won;
    }

    Atomic<std::uint32_t> number_{0};  // 0: no select has asked yet
    WaitEntry* first_ = nullptr;
    WaitEntry* last_ = nullptr;
};

// Woken waiters that are resumed once the lock is free: resume() may be dear, and never runs under
// the lock. The list is linked through the entries, which stay valid until their resume().
class Resumption {
public:
    Resumption() noexcept = default;
    ~Resumption() { GREENROOM_ASSERT(first_ == nullptr); }
    Resumption(const Resumption&) = delete;
    Resumption& operator=(const Resumption&) = delete;

    bool empty() const noexcept { return first_ == nullptr; }

    // `entry` was won and taken out of its queue.
    void add(WaitEntry& entry) noexcept {
        entry.next = nullptr;
        *end_ = &entry;
        end_ = &entry.next;
    }

    // Wins all who wait in `line`, whose lock is held.
    void add_all(WaitQueue& line) noexcept {
        WaitEntry* from = line.first();
        while (WaitEntry* const entry = line.win_next(from)) add(*entry);
    }

    // Resumes all, oldest first. Needs no lock, and none may be held.
    void run() noexcept {
        while (first_ != nullptr) {
            WaitEntry* const entry = first_;
            first_ = entry->next;  // read first: resume() is the last touch
            entry->record.resume();
        }
        end_ = &first_;
    }

private:
    WaitEntry* first_ = nullptr;
    WaitEntry** end_ = &first_;
};

}  // namespace greenroom::detail
