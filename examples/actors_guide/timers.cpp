// Timers: an actor's own, when it is idle, and messages that are told later.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/timers.hpp>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Line {
    std::string text;
};
struct Beats {};

// [timers]
struct Beat {};
struct Silence {};

class Session : public Actor {
public:
    void on(Beat) { ++beats_; }
    void on(Silence) { stop(); }  // no message came for so long
    void on(const Line&) {}
    int on(Beats) { return beats_; }

protected:
    void on_start() override {
        beat_ = start_periodic_timer(this, 5ms, Beat{});
        silence_ = start_idle_timer(this, 1s, Silence{});
    }

private:
    int beats_ = 0;
    ActorTimer beat_;  // dropped, it is cancelled
    ActorTimer silence_;
};
// [end]

void have_timers() {
    System system;
    const Ref<Session> session = system.spawn<Session>();
    wait_until([&] { return session.ask(Beats{}) >= 3; }, "a periodic timer comes again");
    wait_until([&] { return session.has_ended(); }, "a timer's message does not count as one");
}

// [cancel]
struct Late {};
struct Done {};
struct IsLate {};

class Job : public Actor {
public:
    void on(Done) { late_.cancel(); }  // from now on it does not come, not from the mailbox either
    void on(Late) { is_late_ = true; }
    bool on(IsLate) { return is_late_ || late_.is_pending(); }

protected:
    void on_start() override { late_ = start_timer(this, 1h, Late{}); }

private:
    ActorTimer late_;
    bool is_late_ = false;
};
// [end]

void cancel_a_timer() {
    System system;
    const Ref<Job> job = system.spawn<Job>();
    expect(job.ask(IsLate{}), "it is pending");
    job.tell(Done{});
    expect(!job.ask(IsLate{}), "it was cancelled");
}

void tell_others_later() {
    System system;
    const Ref<Session> session = system.spawn<Session>();
    // [tell_later]
    TimerHandle reminder = session.tell_later(1h, Line{"still there?"});
    const bool in_time = reminder.cancel();  // dropped, it would let the message come
    session.tell_later(1ms, Silence{});
    // [end]
    expect(in_time, "it had not come yet");
    wait_until([&] { return session.has_ended(); }, "the message came");
}

}  // namespace

std::vector<Snippet> timer_snippets() {
    return {
        {"have_timers", have_timers},
        {"cancel_a_timer", cancel_a_timer},
        {"tell_others_later", tell_others_later},
    };
}
