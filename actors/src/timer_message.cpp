#include <greenroom/actors/detail/timer_message.hpp>

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/scheduling.hpp>

namespace greenroom::detail {

TimerMessage::TimerMessage(const Descriptor& kind, Cell& actor, Repeats repeats, Duration period,
                           MissedTicks missed) noexcept
    : Message{kind},
      actor_{&actor},
      incarnation_{actor.incarnation()},
      repeats_{repeats},
      missed_{missed},
      period_{period} {}

void TimerMessage::begin(RuntimeCore&) noexcept {
    hold();  // the mailbox's
    if (!actor_.cell()->post(*this)) release();
}

void TimerMessage::cancel_for_good() noexcept {
    is_cancelled_ = true;  // if it is in the mailbox already
    (void)cancel(actor_.cell()->core());
}

bool TimerMessage::is_wanted() noexcept {
    is_done_ = incarnation_ != actor_.cell()->incarnation();
    if (is_cancelled_ || is_done_) return false;
    if (repeats_ != Repeats::when_idle) return true;
    const TimePoint idle_until = actor_.cell()->last_message() + period_;
    if (coarse_now(actor_.cell()->core()) >= idle_until) return true;
    start_again(actor_.cell()->core(), idle_until);
    return false;
}

void TimerMessage::come_again() noexcept {
    is_done_ = repeats_ == Repeats::never;
    if (is_done_ || is_cancelled_) return;
    RuntimeCore& core = actor_.cell()->core();
    const TimePoint next = repeats_ == Repeats::each_period
                               ? next_tick(TimerNode::due, coarse_now(core), period_, missed_)
                               : not_before_now(core) + period_;
    start_again(core, next);
}

}  // namespace greenroom::detail
