// MailboxWord: the queue of an actor's messages, in one word.
//
//   idle    nobody runs the actor and nothing is queued
//   waits   likewise, but a handler of it waits for a message
//   null    the actor is scheduled or runs, and nothing is queued
//   a link  likewise, and these are queued: newest first, turned round when taken
//   closed  the actor has ended, or takes nothing more
//
// Null and a link may be marked, by the turn: the next push takes the mark away and is told so.
//
//   idle --push--> null     the one push that is told to schedule the actor, and to hand it the
//                           message: the turn then need not take what nobody else can have seen
//   waits --push--> a link  the one push that is told to wake the handler
//   null, a link --push--> a link
//   a link --take--> null   whoever runs the actor takes all at once
//   null --try_idle--> idle, null --try_wait--> waits, waits --try_claim--> null
//   null, a link --ask_for_sender--> marked --push--> a link   that push is told: asked
//   marked --take--> null   nobody has pushed meanwhile
//   any --close--> closed
//
// One word, so that "is anything queued" and "is it scheduled" cannot disagree.
//
// A handler that waits does not own the actor alone: it may be closed meanwhile, by a control turn.
// So what un-idles it stays in the word, where that finds it.
//
// A push compares and exchanges where an exchange would do for the queue alone: so a closed mailbox
// stays closed, and the taker never meets a link whose successor its pusher has not yet written.
//
// Threads   push() from any thread; the rest from whoever runs the actor, one at a time.
// Ordering  push() releases, take(), try_idle() and close() acquire: what was written before a push
//           is visible to the handler. try_idle() and the push that finds it idle hand the actor
//           over: what one turn wrote is visible to the next, on any worker.
// Lifetime  The word owns no message. After a push that was told of no turn, the actor may have
//           ended: the pusher touches the word only while it holds the actor alive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/detail/mutant.hpp>

namespace greenroom::detail {

struct MailboxLink {
    MailboxLink* next = nullptr;
};

enum class Pushed {
    queued,   // whoever runs the actor will find it
    first,    // not queued: it was idle, and the caller must have the actor run with this message
    wakes,    // queued: the caller must wake the handler that waits
    asked,    // queued, and the actor would like to know who it was
    closed,   // not queued: still the caller's
    unusual,  // not queued yet: see push_usually()
};

class MailboxWord {
public:
    [[nodiscard]] Pushed push(MailboxLink& link) noexcept {
        const Pushed pushed = push_usually(link);
        return pushed == Pushed::unusual ? push_late(link) : pushed;
    }
    // The same for who calls push() out of line where this says that it is unusual.
    [[nodiscard]] Pushed push_usually(MailboxLink& link) noexcept {
        // A guess that is right for an actor which keeps up; a wrong one costs no more than a load.
        std::uintptr_t seen = idle;
        for (;;) {
            if ((seen & (closed | marked)) != 0) return Pushed::unusual;
            const bool is_idle = seen == idle;
            link.next = is_idle ? nullptr : reinterpret_cast<MailboxLink*>(seen);
            const std::uintptr_t next = is_idle ? nothing : bits(link);
            // acq_rel: release for take(); acquire where it finds idle, from try_idle(), so that
            // the turn which the caller schedules comes after the last one. relaxed when lost.
            if (!word_.compare_exchange_weak(seen, next, std::memory_order_acq_rel,
                                             std::memory_order_relaxed)) {
                continue;
            }
            const bool was_idle = is_idle && !mutant(Mutant::mailbox_no_schedule);
            return was_idle || mutant(Mutant::mailbox_schedules_always) ? Pushed::first
                                                                        : Pushed::queued;
        }
    }

    // All that is queued, oldest first; null if there is nothing. Else `count` says how many.
    [[nodiscard]] MailboxLink* take(std::size_t& count) noexcept {
        // relaxed: nothing queued means nothing to acquire. Idle and closed cannot be: the caller
        // runs the actor.
        if (word_.load(std::memory_order_relaxed) == nothing) return nullptr;
        return oldest_first(exchange_for(nothing), count);
    }
    [[nodiscard]] MailboxLink* take() noexcept {
        std::size_t count = 0;
        return take(count);
    }

    // By who runs the actor: has the next push told that its sender is asked for, if that comes
    // before the next take().
    void ask_for_sender() noexcept {
        // relaxed: it adds a bit for a push, whose exchange is ordered as any.
        std::uintptr_t seen = word_.load(std::memory_order_relaxed);
        while ((seen & marked) == 0) {
            // release: what the caller wrote for the one who is asked. relaxed when lost.
            if (word_.compare_exchange_weak(seen, seen | marked, std::memory_order_release,
                                            std::memory_order_relaxed)) {
                return;
            }
        }
    }

    // True: nothing was queued, and the caller runs the actor no more. False: take() again.
    [[nodiscard]] bool try_idle() noexcept {
        if (mutant(Mutant::mailbox_idle_without_compare)) {
            word_.store(idle, std::memory_order_release);
            return true;
        }
        std::uintptr_t seen = nothing;
        // release: this turn comes before the next one; pairs with push(). relaxed when lost: the
        // caller goes on, and take() acquires.
        return word_.compare_exchange_strong(seen, idle, std::memory_order_release,
                                             std::memory_order_relaxed);
    }

    // The same for a handler that is about to wait for a message.
    [[nodiscard]] bool try_wait() noexcept {
        std::uintptr_t seen = nothing;
        // release: pairs with the acquire in push_late(). relaxed when lost: as in try_idle().
        return word_.compare_exchange_strong(seen, waits, std::memory_order_release,
                                             std::memory_order_relaxed);
    }

    // By who waits for a message, and has something else to do. True: the actor is the caller's
    // again. False: somebody has pushed since, and is to wake the handler.
    [[nodiscard]] bool try_claim() noexcept {
        std::uintptr_t seen = waits;
        // acquire: pairs with the release in try_wait(). relaxed when lost: as there.
        return word_.compare_exchange_strong(seen, nothing, std::memory_order_acquire,
                                             std::memory_order_relaxed);
    }

    // Lets nothing more in; returns what was still queued, oldest first.
    [[nodiscard]] MailboxLink* close() noexcept {
        std::size_t count = 0;
        return oldest_first(exchange_for(closed), count);
    }

    // relaxed: looks in passing.
    bool is_closed() const noexcept { return word_.load(std::memory_order_relaxed) == closed; }
    bool is_idle() const noexcept {
        const std::uintptr_t seen = word_.load(std::memory_order_relaxed);
        return seen == idle || seen == waits;
    }

private:
    static constexpr std::uintptr_t nothing = 0;
    static constexpr std::uintptr_t idle = 1;
    static constexpr std::uintptr_t closed = 2;
    static constexpr std::uintptr_t waits = closed | idle;  // as unusual for a push as closed
    static constexpr std::uintptr_t marked = 4;             // a bit beside nothing or a link

    static_assert(alignof(MailboxLink) > marked);

    static std::uintptr_t bits(MailboxLink& link) noexcept {
        return reinterpret_cast<std::uintptr_t>(&link);
    }

    std::uintptr_t exchange_for(std::uintptr_t next) noexcept {
        if (mutant(Mutant::mailbox_store_for_exchange)) {
            const std::uintptr_t seen = word_.load(std::memory_order_acquire);
            word_.store(next, std::memory_order_release);
            return seen;
        }
        // acquire: pairs with the release in push(). release: of a close, for who finds it closed.
        return word_.exchange(next, std::memory_order_acq_rel);
    }

    [[gnu::noinline]] Pushed push_late(MailboxLink& link) noexcept {
        // relaxed: a guess, that the exchange proves.
        std::uintptr_t seen = word_.load(std::memory_order_relaxed);
        while (seen == waits || (seen & marked) != 0) {
            const bool handler_waits = seen == waits;
            link.next = handler_waits ? nullptr : reinterpret_cast<MailboxLink*>(seen & ~marked);
            // acq_rel: as in push(); and acquire from try_wait() or ask_for_sender(). relaxed when
            // lost.
            if (word_.compare_exchange_weak(seen, bits(link), std::memory_order_acq_rel,
                                            std::memory_order_relaxed)) {
                return handler_waits ? Pushed::wakes : Pushed::asked;
            }
        }
        return seen == closed ? Pushed::closed : push(link);
    }

    static MailboxLink* oldest_first(std::uintptr_t newest, std::size_t& count) noexcept {
        newest &= ~marked;
        if (newest <= waits) return nullptr;
        auto* const link = reinterpret_cast<MailboxLink*>(newest);
        if (link->next != nullptr) return turned_round(link, count);
        count = 1;
        return link;
    }

    // Two at a time, which saves as much as the counting costs.
    static MailboxLink* turned_round(MailboxLink* link, std::size_t& count) noexcept {
        MailboxLink* turned = nullptr;
        std::size_t counted = 0;
        for (;;) {
            MailboxLink* const older = link->next;
            link->next = turned;
            if (older == nullptr) break;
            MailboxLink* const oldest = older->next;
            older->next = link;
            turned = older;
            link = oldest;
            counted += 2;
            if (oldest == nullptr) {
                count = counted;
                return turned;
            }
        }
        count = counted + 1;
        return link;
    }

    Atomic<std::uintptr_t> word_{idle};
};

}  // namespace greenroom::detail
