// How a supervised actor fails and comes up again.
//
//   running --it failed, and is to be restarted--> halting --children gone, on_stop ran--> halted
//   halted --after its backoff, in its round's order--> running, with a new object
//   halting, halted --stop, kill, its parent ends--> stopping
//
// Who fails decides for its parent, by the parent's rules and under the lock of its family: so the
// parent's handlers, and whether one is suspended, have nothing to do with it.
//
// While it is halting or halted an actor's mailbox is not idle, so that nobody schedules it: it is
// parked (Family::parked), and whoever brings what it waits for has it run (Cell::unpark).
#include <algorithm>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/cell_names.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/log.hpp>
#include <list>
#include <mutex>
#include <utility>

#include "family.hpp"
#include "restart_timer.hpp"
#include "restarter.hpp"
#include "supervisor.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

Restarter* Cell::restarter() const noexcept {
    const Family* const mine = existing_family();
    return mine == nullptr ? nullptr : mine->restarter.get();
}

Family& Cell::parents_family() const {
    return parent_ == nullptr ? system_.root : parent_->family();
}

void Cell::be_supervised(std::unique_ptr<Maker> maker, const ChildOptions& options) {
    family().restarter = std::make_unique<Restarter>(*this, std::move(maker), options);
    if (parent_ != nullptr) parent_->supervise_by(Supervision{});
}

// In its turn, or before it lives. The first rules are what counts.
void Cell::supervise_by(const Supervision& rules) {
    Family& mine = family();
    if (mine.supervisor != nullptr) return;
    auto made = std::make_unique<Supervisor>(rules);
    const std::lock_guard held(mine.lock);
    mine.supervisor = std::move(made);
}

// ---- The decision

// What becomes of an actor that failed with `why`, or, null, that ends without a failure.
Cell::Verdict Cell::judge(const std::exception_ptr& why) noexcept {
    Restarter* const mine = restarter();
    if (mine == nullptr) return Verdict::end;
    Directive directive = Directive::restart;
    if (why != nullptr && mine->on_failure != nullptr) directive = mine->on_failure(why);
    switch (directive) {
        case Directive::resume: return Verdict::go_on;
        case Directive::stop: return Verdict::end;
        case Directive::escalate: give_up_to_parent("escalated"); return Verdict::end;
        case Directive::restart: break;
    }
    return mine->restart == Restart::temporary ? Verdict::end : plan_restart(*mine);
}

Cell::Verdict Cell::plan_restart(Restarter& mine) noexcept {
    Family& theirs = parents_family();
    const TimePoint now = coarse_now(core());
    std::list<TimePoint> times;
    try {
        times.push_back(now);
    } catch (const std::bad_alloc&) {
        give_up_to_parent("could not be restarted, for want of memory");
        return Verdict::end;
    }
    bool too_many = false;
    {
        const std::lock_guard held(theirs.lock);
        if (!theirs.takes_children || mine.ends_for_good) return Verdict::end;
        if (mine.phase == Phase::halting) return Verdict::restart;  // it is under way
        Supervisor& supervisor = *theirs.supervisor;
        too_many = !supervisor.may_restart(times);
        if (!too_many) {
            back_off(mine, supervisor.rules().backoff, now);
            mine.phase = Phase::halting;
            if (supervisor.rules().strategy != Strategy::one_for_one) {
                supervisor.begin_round(theirs.first_child, *this);
            }
            return Verdict::restart;
        }
    }
    give_up_to_parent("was restarted too often");
    return Verdict::end;
}

// Under the lock of its parent's family.
void Cell::back_off(Restarter& mine, const Backoff& rules, TimePoint now) noexcept {
    const bool calm = mine.failed_at == TimePoint{} || now - mine.failed_at > rules.calm;
    const Duration twice = std::min(rules.max, 2 * mine.next_delay);
    mine.next_delay = calm ? rules.first : std::max(rules.first, twice);
    mine.failed_at = now;
}

// It ends from now on where it would be restarted.
void Cell::forgo_restarts() noexcept {
    Restarter* const mine = restarter();
    if (mine == nullptr) return;
    const std::lock_guard held(parents_family().lock);
    mine->ends_for_good = true;
}

void Cell::end_for_good(const Cell* parent) noexcept {
    if (parent_ == parent) forgo_restarts();
    stop();
}

// Its parent fails with it.
void Cell::give_up_to_parent(const char* how) noexcept {
    if (parent_ == nullptr) {
        log(LogLevel::error, numbered(*this) + " " + how + ", and ends");
        return;
    }
    parent_->fail_for("its child " + numbered(*this) + " " + how);
}

// By this one's parent's rules, in the turn of who has failed.
void Cell::fail_for(const std::string& what) noexcept {
    if (note_failure(what)) go_by(judge(nullptr));
}

// Told to stop by others than its parent, where its Restart has it come up again: then it is to be
// restarted, and no longer to stop.
bool Cell::restarts_at_end() noexcept {
    Restarter* const mine = restarter();
    if (mine == nullptr || must_drain()) return false;
    const bool was_killed = (signals() & killed_signal) != 0;
    const bool restarts =
        mine->restart == Restart::permanent || (mine->restart == Restart::transient && was_killed);
    if (!restarts) return false;
    const bool is_under_way = (signals() & restart_signal) != 0;
    // First this, then the look at the parent: it says that it ends before it tells its children,
    // so its signal comes after this, or it is seen there.
    clear_signals(stop_signal | killed_signal | kill_signal);
    if (is_under_way ? parent_goes_on(*mine) : plan_restart(*mine) == Verdict::restart) {
        // What a killed one waits for ends at once, as when a grace is over: see end_incarnation().
        signal(restart_signal | (was_killed ? kill_signal : 0));
        return true;
    }
    signal(stop_signal | (was_killed ? killed_signal | kill_signal : 0));
    return false;
}

bool Cell::parent_goes_on(const Restarter& mine) const noexcept {
    Family& theirs = parents_family();
    const std::lock_guard held(theirs.lock);
    return theirs.takes_children && !mine.ends_for_good;
}

// ---- Going down

void Cell::begin_halting() noexcept {
    state_ = State::halting;
    put_back_kept();
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    mine.is_restarting = true;
}

// False: it is parked, until its children have ended, or somebody tells it to end.
bool Cell::continue_halting() noexcept {
    tell_children();
    if (awaits_children()) return false;
    run_stop_hook();
    destroy_actor();
    forget_links();
    forget_watches();
    CellNames::forget_watched(*this);
    end_incarnation();
    state_ = State::halted;
    has_halted();
    return true;
}

// What the next object finds as a first one would.
void Cell::end_incarnation() noexcept {
    // relaxed: of the turn; others look in passing.
    incarnation_.store(incarnation() + 1, std::memory_order_relaxed);
    clear_signals(restart_signal);
    clear_signals(kill_signal);  // of a grace that was over; unless it was killed meanwhile
    if ((signals() & killed_signal) != 0) signal(kill_signal);
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    if (grace_has_begun_) system_.reaper.remove(*this, mine.reaped_at);
    grace_has_begun_ = false;
    mine.grace_end = mine.reaped_at = TimePoint::max();
    mine.takes_children = true;
    refuses_children_ = false;
    told_ = Told::nothing;
    mine.restarter->restarted_for = std::exchange(mine.reason, {});
}

void Cell::has_halted() noexcept {
    Restarter& mine = *restarter();
    Family& theirs = parents_family();
    RoundStep step;
    Duration delay{0};
    {
        const std::lock_guard held(theirs.lock);
        mine.phase = Phase::halted;
        if (theirs.supervisor->rules().strategy == Strategy::one_for_one) {
            mine.phase = Phase::starting;
            delay = mine.next_delay;
            hold();
            step = {RoundStep::What::start, this};
        } else {
            step = theirs.supervisor->next_step();
            if (step.what == RoundStep::What::start) delay = mine.next_delay;
        }
    }
    take_step(step, delay);
}

// Of one that has not left its parent, which therefore is there with its rules.
Duration Cell::jittered(Duration delay) noexcept {
    const Family& theirs = parents_family();
    constexpr std::uint32_t steps = 1'000;
    const double by_chance = 2.0 * choose_number(core(), steps) / steps - 1.0;  // -1 to 1
    const double jitter = theirs.supervisor->rules().backoff.jitter;
    return std::chrono::duration_cast<Duration>(delay * (1.0 + jitter * by_chance));
}

// Without any lock. Lets go of the cell that the step names. No delay from who has left its parent.
void Cell::take_step(const RoundStep& step, Duration delay) noexcept {
    switch (step.what) {
        case RoundStep::What::nothing: return;
        case RoundStep::What::halt: step.cell->signal_actor(restart_signal); break;
        case RoundStep::What::start:
            step.cell->start_after(delay == Duration::zero() ? delay : jittered(delay));
            break;
    }
    step.cell->release();
}

// ---- Coming up

void Cell::start_after(Duration delay) noexcept {
    if (delay > Duration::zero() && RestartTimer::start(*this, delay)) return;
    may_start();
}

void Cell::may_start() noexcept {
    Family& mine = family();
    bool was_parked = false;
    {
        const std::lock_guard held(mine.lock);
        mine.may_start = true;
        was_parked = std::exchange(mine.parked, false);
    }
    if (was_parked) schedule_me();
}

// False: it is parked until it may start, or somebody tells it to end.
bool Cell::continue_halted() noexcept {
    Family& mine = family();
    {
        const std::lock_guard held(mine.lock);
        if (!must_stop() && !std::exchange(mine.may_start, false)) {
            mine.parked = true;
            return false;
        }
    }
    must_stop() ? begin_stopping() : come_up();
    return true;
}

void Cell::come_up() noexcept {
    state_ = State::running;
    std::list<TimePoint> forgotten;
    {
        Family& mine = family();
        const std::lock_guard held(mine.lock);
        mine.is_restarting = false;
        if (mine.supervisor != nullptr) mine.supervisor->forget_restarts(forgotten);
    }
    try {
        handle_with(CellFields::of_spawn(*this), *this,
                    [this] { actor_ = &restarter()->maker->make(place()); });
        actor_->cell_ = this;
        has_object_ = true;
    } catch (...) {
        fail(current_failure() + ", in making it anew", std::current_exception());
        if (!must_leave()) signal_actor(stop_signal);  // there is nothing that could go on
        return;
    }
    if (ClassCounters* const counters = class_counters()) counters->of(id_).restarted.add(1);
    const auto lets_next_start = [this] {
        RoundStep step;
        {
            Family& theirs = parents_family();
            const std::lock_guard held(theirs.lock);
            Phase& phase = restarter()->phase;
            if (phase == Phase::starting) phase = Phase::up;
            if (theirs.supervisor->rules().strategy != Strategy::one_for_one) {
                step = theirs.supervisor->next_step();
            }
        }
        take_step(step, Duration::zero());
    };
    // A process is up when it begins: the hook is all that it does.
    if (type_.is_process) lets_next_start();
    run_restart_hook();
    if (!type_.is_process) lets_next_start();
}

}  // namespace greenroom::detail
