// Turns: how a worker runs an actor.
#include <greenroom/actors/detail/cell.hpp>

#include <algorithm>
#include <exception>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/ask_message.hpp>
#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/log.hpp>
#include <new>

#include "bounded_mailbox.hpp"
#include "family.hpp"
#include "notebook.hpp"
#include "system_core.hpp"
#include "turn_message.hpp"

namespace greenroom::detail {

namespace {

// A poke has no payload: it makes a turn, in which the signals are looked at.
void poke_arrives(Cell& receiver, Message&) { receiver.clear_signals(Cell::poke_queued); }
void poke_ends(Message&, Discard) noexcept {}
void poke_dies(Message&) noexcept {}

constexpr Descriptor poke_descriptor{&poke_arrives, &poke_ends, &poke_dies, "poke", false};

}  // namespace

Cell::Cell(SystemCore& system, const ActorType& type, Cell* parent, const ActorOptions& options)
    : Activity{options.runtime == nullptr ? system.runtime_core() : core_of(*options.runtime),
               Binding::until_resumed},
      stack_class_{options.stack_class},
      stops_unreferenced_{options.stop_when_unreferenced},
      reentrant_{options.reentrant},
      is_plain_{options.mailbox.bound == 0 && !options.reentrant},
      starts_lazily_{options.lazy_start},
      type_{type},
      system_{system},
      parent_{parent},
      id_{system.next_id()},
      bounded_{options.mailbox.bound == 0 ? nullptr : new BoundedMailbox{options.mailbox}},
      poke_{poke_descriptor} {}

// What may throw, apart: so the destructor frees what was made.
void Cell::take_options(const ActorOptions& options) {
    if (&options != &usual_actor_options) take_unusual_options(options);
    begin_class_counts();
    begin_notes(options.notes.value_or(system_.notes()));
    CellFields::keep_of_spawn(*this);
    system_.add_reference();
}

[[gnu::noinline]] void Cell::take_unusual_options(const ActorOptions& options) {
    require_valid(options.mailbox);
    if (options.notes) require_notes(*options.notes, "ActorOptions::notes");
    if (!(options.supervision == Supervision{})) supervise_by(options.supervision);
    if (options.mailbox.urgent_max != MailboxOptions{}.urgent_max) {
        family().shared_extras().urgent.count_max = options.mailbox.urgent_max;
    }
    if (options.mailbox.overload_at != MailboxOptions{}.overload_at) {
        extras().overload_at = options.mailbox.overload_at;
    }
    if (options.kept_max != ActorOptions{}.kept_max) extras().kept_max = options.kept_max;
    if (reentrant_) extras().handlers_max = std::max<std::size_t>(1, options.handlers_max);
}

Cell::~Cell() {
    delete bounded_;
    Family* const mine = existing_family();
    if (mine != nullptr && !mine->is_shared) delete mine;
    // relaxed: nobody else knows it any more.
    if (WaitNode* const node = wait_node_.load(std::memory_order_relaxed)) node->give_back();
}

Cell& Cell::make(SystemCore& system, const ActorType& type, Cell* parent,
                 const ActorOptions& options) {
    void* const place = allocate_block(type.allocation_bytes, type.alignment);
    Cell* made = nullptr;
    try {
        made = ::new (place) Cell{system, type, parent, options};
        made->take_options(options);
        return *made;
    } catch (...) {
        if (made != nullptr) made->~Cell();
        release_block(place, type.allocation_bytes, type.alignment);
        throw;
    }
}

void Cell::release() noexcept {
    if (counts_.drop_hold()) end_memory();
}

// Of one that stops when nobody refers to it.
void Cell::drop_reference_that_counts() noexcept {
    hold();
    if (counts_.drop_reference_holding()) stop_when_drained();
    release();
}

[[gnu::noinline]] void Cell::end_memory() noexcept {
    SystemCore& system = system_;
    free_memory();
    system.drop_reference();
}

// The reference to the system is the caller's from here on.
void Cell::free_memory() noexcept {
    const ActorType& type = type_;
    this->~Cell();
    release_block(this, type.allocation_bytes, type.alignment);
}

void Cell::abandon() noexcept {
    counts_.forget_all_but_a_hold();
    release();
}

void Cell::begin(Actor& actor) {
    actor_ = &actor;
    actor.cell_ = this;
    start_pending_ = type_.has_start_hook;
    const bool starts = start_pending_ && !starts_lazily_;
    ClassCounters* const counters = class_counters();
    if (counters != nullptr) counters->of(id_).spawned.add(1);
    try {
        join_parent();
    } catch (...) {
        if (counters != nullptr) counters->of(id_).spawned.subtract(1);
        throw;
    }
    // It lives, and may be running already.
    if (starts) signal_actor(0);
}

std::unique_ptr<TurnSlot> Cell::reserve_turn() { return std::make_unique<TurnMessage>(*this); }

// ---- Turns

void Cell::run(Worker& here) noexcept {
    if (runs_on(here, stack_class_) || comes_to_its_stack(here)) [[likely]]
        turn(here);
}

// False: it runs on one of its class, or will; nothing may be touched then.
[[gnu::noinline]] bool Cell::comes_to_its_stack(Worker& here) noexcept {
    try {
        return run_on_stack_class(here, stack_class_, *this);
    } catch (const Error& no_stack) {
        // An end does not wait for a stack: hooks and destructors make do with this one.
        if (must_stop()) return true;
        system_.stack_log.log(LogLevel::error, [&] {
            return std::string{name()} + " waits for its turn: " + no_stack.what();
        });
        schedule_last(core(), *this);
        return false;
    }
}

inline void Cell::turn(Worker& here) noexcept {
    const Turn mine{here, *this};
    if (!handle_first()) go_on_with_turn();
}

// The usual turn: it was idle, has the message that un-idled it, and nothing asks for attention.
// True: it has handled that, and is over: nothing is left, and nothing asks for attention yet.
inline bool Cell::handle_first() noexcept {
    if (taken_ == nullptr || !is_plain_ || signals() != 0) return false;
    if (state_ != State::running || start_pending_ || notes_messages_) return false;
    Message& message = *taken_;
    taken_ = static_cast<Message*>(message.next);
    handle_usually(message);
    return taken_ == nullptr && signals() == 0 && mailbox_.try_idle();
}

[[gnu::noinline]] void Cell::go_on_with_turn() noexcept {
    while (continue_turn()) {
    }
}

// False: the turn is over, and the cell may be another's by now, or gone.
bool Cell::continue_turn() noexcept {
    switch (state_) {
        case State::running: return run_actor();
        case State::halting: return continue_halting();
        case State::halted: return continue_halted();
        case State::stopping:
        case State::ended: break;
    }
    continue_stopping();
    return false;
}

bool Cell::run_actor() noexcept {
    if (start_pending_ && (!starts_lazily_ || has_message())) run_start_hook();
    if (reentrant_ ? !handle_reentrantly() : !handle_messages()) return false;
    // control() may have begun it while a handler was suspended.
    if (state_ != State::running) return true;
    const bool ends = must_stop() || must_drain();
    ends && !restarts_at_end() ? begin_stopping() : begin_halting();
    return true;
}

// Of one that starts lazily and may be there to end only.
bool Cell::has_message() noexcept {
    if ((signals() & urgent_signal) != 0) return true;
    Message* first = next_queued_message();
    while (first == &poke_) {
        handle(*first);
        first = next_queued_message();
    }
    if (first == nullptr) return false;
    first->next = std::exchange(taken_, first);
    return true;
}

void Cell::run_start_hook() noexcept {
    start_pending_ = false;
    if (must_leave()) return;
    guarded("on_start", [this] {
        handle_with(CellFields::of_spawn(*this), *this, [this] { actor_->on_start(); });
    });
}

void Cell::run_restart_hook() noexcept {
    guarded("on_restart", [this] {
        handle_with(CellFields::of_spawn(*this), *this,
                    [this] { actor_->on_restart(restarter()->restarted_for); });
    });
}

// True: it is time to stop. False: the turn is over, and the cell may be another's by now.
bool Cell::handle_messages() noexcept {
    if (bounded_ != nullptr) return handle_bounded_messages();
    for (int handled = 0;; ++handled) {
        if (must_leave()) return true;
        if (handled >= messages_in_a_turn_max || (handled > 0 && slice_is_over())) {
            ask_for_senders();
            schedule_last(core(), *this);
            return false;
        }
        Message* const message = next_message();
        if (message != nullptr) {
            handle(*message);
        } else if (must_drain()) {
            return true;
        } else if (mailbox_.try_idle()) {
            return false;
        }
        if (must_drain()) begin_grace();
    }
}

bool Cell::must_drain() noexcept { return (signals() & drain_signal) != 0; }

bool Cell::try_idle() noexcept {
    return bounded_ == nullptr ? mailbox_.try_idle() : bounded_->try_idle();
}

inline Message* Cell::next_queued_message() noexcept {
    if (taken_ == nullptr) {  // else a batch, or what was put back
        if (bounded_ != nullptr) return bounded_->take();
        std::size_t count = 0;
        taken_ = static_cast<Message*>(mailbox_.take(count));
        if (count >= crowd_min) [[unlikely]]
            look_at_crowd(count);
    }
    Message* const message = taken_;
    if (message != nullptr) taken_ = static_cast<Message*>(message->next);
    return message;
}

Message* Cell::next_message() noexcept {
    const std::uint32_t unusual = signals() & unusual_signals;
    if (unusual != 0) [[unlikely]] {
        return next_unusual_message(unusual);
    }
    return next_queued_message();
}

// Who looks into it, and rules of tests, are told by signals beside that of urgent messages, so
// that who has none looks for nothing. That of rules stays when they are over: none is found then.
Message* Cell::next_unusual_message(std::uint32_t unusual) noexcept {
    if ((unusual & observers_signal) != 0) attend_to_observers();
    Message* message = (unusual & urgent_signal) != 0 ? take_urgent() : nullptr;
    if (message == nullptr) message = next_queued_message();
    if (message == nullptr || (unusual & faults_signal) == 0) return message;
    return &system_.faults.judge(*this, *message);
}

// Apart, and one with guarded(): else the turn has both of them, and more to save for each message.
[[gnu::noinline]] void Cell::handle(Message& message) noexcept {
    if (notes_messages_) [[unlikely]] {
        return handle_noted(message);
    }
    handle_usually(message);
}

inline void Cell::handle_usually(Message& message) noexcept {
    const Descriptor& kind = *message.descriptor;
    guarded(kind.name, [&] { kind.dispatch(*this, message); });
}

[[gnu::noinline]] void Cell::handle_noted(Message& message) noexcept {
    guarded(message.descriptor->name, [&] { dispatch_noted(message); });
}

// What leaves it is no failure of the actor: it was only looked at.
void Cell::run_inspect_hook(std::string& text) noexcept {
    guarded("on_inspect", [&] {
        try {
            text = actor_->on_inspect();
        } catch (const Cancelled&) {
            throw;
        } catch (...) {
            text = "on_inspect threw: " + current_failure();
        }
    });
}

// Runs a handler or hook. What leaves it ends the actor. The name is copied: its descriptor may end
// with the message.
template <class Call>
void Cell::guarded(std::string_view what, const Call& call) noexcept {
    try {
        call();
    } catch (const Cancelled&) {
        was_cancelled();
    } catch (...) {
        has_thrown(what);
    }
}

// In a catch block, these two.
[[gnu::cold]] void Cell::was_cancelled() noexcept {
    if (!must_leave()) signal_actor(stop_signal);  // it has stopped, not failed
}

[[gnu::cold]] void Cell::has_thrown(std::string_view what) noexcept {
    fail(current_failure() + ", in handling " + std::string{what}, std::current_exception());
}

}  // namespace greenroom::detail
