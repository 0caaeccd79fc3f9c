// order_stress: actors and tasks send numbered messages in every way there is to one receiver,
// whose mailbox holds four and has its senders wait; all of them suspend now and then, and the
// receiver goes from worker to worker.
//
// Property  The numbers of each sender come one by one, in order, whichever way each was sent:
//           told by the class or by a protocol, asked, requested, forwarded with a reply of the
//           sender's own, or sent on by a relay. None is lost, none comes twice, and each answer is
//           its question's. The receiver ran on several workers and was moved often: else this has
//           shown nothing, and the program fails.
#include <algorithm>
#include <deque>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/latch.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "support/stress.hpp"

namespace greenroom::stress {

namespace {

using namespace std::chrono_literals;
using support::Count;
using support::Random;
using support::require;
using support::require_equal;
using support::stress_failed;

struct Figures {
    Count handled{0};
    Count told{0};
    Count told_by_protocol{0};
    Count asked{0};
    Count requested{0};
    Count forwarded{0};
    Count relayed{0};
    Count found_full{0};
    Count yields{0};
    Count sleeps{0};
    Count asks_between{0};
    Count moves{0};
    Count steals{0};
};
Figures figures;

constexpr std::uint64_t messages_each = support::under_sanitizer ? 20'000 : 1'000'000;
constexpr std::uint64_t moves_min = messages_each / 1'000;
constexpr int workers = 8;
constexpr std::size_t workers_met_min = workers / 2;
constexpr std::uint32_t senders = 6;
constexpr std::uint32_t sender_actors = 2;

struct Numbered {
    std::uint32_t sender;
    std::uint64_t number;  // from 1
};
using Numbers = Protocol<std::uint64_t(Numbered)>;

void count(Count& figure) { figure.fetch_add(1, std::memory_order_relaxed); }

// ---- Who waits between two messages

struct Ping {};

class Echo : public Actor {
public:
    int on(Ping) { return 1; }
};

// Suspends its caller now and then, in one of several ways.
class Pauses {
public:
    Pauses(Ref<Echo> echo, std::uint64_t seed) : echo_{std::move(echo)}, random_{seed} {}

    Random& random() noexcept { return random_; }

    void perhaps() {
        switch (random_.below(2'048)) {
            case 0: sleep_for(100us); return count(figures.sleeps);
            case 1:
            case 2: sleep_for(0us); return count(figures.sleeps);
            case 3:
            case 4:
            case 5:
            case 6: echo_.ask(Ping{}, 1min); return count(figures.asks_between);
            default: break;
        }
        if (!random_.one_in(64)) return;
        yield();
        count(figures.yields);
    }

private:
    const Ref<Echo> echo_;
    Random random_;
};

// ---- Who receives

struct Report {
    std::uint64_t handled;
    std::uint64_t moves;
    std::size_t workers_met;
};
struct Reporting {};

class Receiver : public Actor {
public:
    Receiver(Ref<Echo> echo, std::uint64_t seed) : pauses_{std::move(echo), seed} {}

    std::uint64_t on(const Numbered& it) {
        note_worker();
        std::uint64_t& last = last_[it.sender];
        if (it.number != last + 1) {
            stress_failed("sender " + std::to_string(it.sender) + ": message " +
                          std::to_string(it.number) + " came behind " + std::to_string(last));
        }
        last = it.number;
        if (++report_.handled % 1'024 == 0) support::progress().step();
        pauses_.perhaps();
        return it.number;
    }
    Report on(Reporting) const {
        Report report = report_;
        report.workers_met = met_.size();
        return report;
    }

private:
    void note_worker() {
        const std::thread::id here = std::this_thread::get_id();
        if (here == worker_) return;
        if (worker_ != std::thread::id{}) ++report_.moves;
        worker_ = here;
        if (std::ranges::find(met_, here) == met_.end()) met_.push_back(here);
    }

    Pauses pauses_;
    std::uint64_t last_[senders]{};
    Report report_{};
    std::thread::id worker_;
    std::vector<std::thread::id> met_;
};

// Has another answer in its place: what it was told is sent on as well, with a reply to nobody.
class Relay : public Actor {
public:
    explicit Relay(Ref<Numbers> to) : to_{std::move(to)} {}

    void on(const Numbered& it, Reply<std::uint64_t> reply) {
        to_.forward(it, std::move(reply));
        count(figures.relayed);
    }

private:
    const Ref<Numbers> to_;
};

// ---- Who sends

// Sends the numbers of one sender, each in one of the ways. `direct` is nobody where a relay comes
// between: then `to` is that.
class Voice {
public:
    Voice(std::uint32_t me, Ref<Receiver> direct, Ref<Numbers> to, const Ref<Echo>& echo,
          std::uint64_t seed)
        : me_{me}, direct_{std::move(direct)}, to_{std::move(to)}, pauses_{echo, seed} {}

    bool is_done() const noexcept { return sent_ == messages_each; }
    Random& random() noexcept { return pauses_.random(); }

    void send_one() {
        const Numbered next{me_, ++sent_};
        switch (random().below(128)) {
            case 0: ask(next); break;
            case 1:
            case 2: request(next); break;
            case 3:
            case 4: forward(next); break;
            case 5:
            case 6:
            case 7:
            case 8: tell_if_there_is_room(next); break;
            default: tell(next); break;
        }
        pauses_.perhaps();
    }
    // Of the requests before the last few, or of all.
    void hear_answers(std::size_t but) {
        while (answers_.size() > but) {
            auto [number, answer] = std::move(answers_.front());
            answers_.pop_front();
            require_equal(answer.get(), number, "answer and question");
        }
    }

private:
    static constexpr std::size_t answers_max = 8;

    void tell(const Numbered& next) {
        if (direct_ && random().one_in(2)) {
            direct_.tell(next);
            count(figures.told);
        } else {
            to_.tell(next);
            count(figures.told_by_protocol);
        }
    }
    void tell_if_there_is_room(const Numbered& next) {
        if (to_.try_tell(next) == Sent::sent) return;
        count(figures.found_full);
        to_.tell(next);
    }
    void ask(const Numbered& next) {
        require_equal(to_.ask(next, 1min), next.number, "answer and question");
        count(figures.asked);
    }
    void request(const Numbered& next) {
        answers_.emplace_back(next.number, to_.request(next));
        count(figures.requested);
        hear_answers(answers_max);
    }
    void forward(const Numbered& next) {
        Promise<std::uint64_t> promise;
        answers_.emplace_back(next.number, promise.future());
        to_.forward(next, Reply{std::move(promise)});
        count(figures.forwarded);
        hear_answers(answers_max);
    }

    const std::uint32_t me_;
    const Ref<Receiver> direct_;
    const Ref<Numbers> to_;
    Pauses pauses_;
    std::uint64_t sent_ = 0;
    std::deque<std::pair<std::uint64_t, Future<std::uint64_t>>> answers_;
};

struct Go {};

// Sends some in each of its turns, between which it may be stolen, too.
class Sender : public Actor {
public:
    Sender(Voice voice, Latch& done) : voice_{std::move(voice)}, done_{done} {}

    void on(Go) {
        for (int i = voice_.random().below(100); i >= 0 && !voice_.is_done(); --i) {
            voice_.send_one();
        }
        if (!voice_.is_done()) return self(this).tell(Go{});
        voice_.hear_answers(0);
        done_.count_down();
    }

private:
    Voice voice_;
    Latch& done_;
};

// ---- A round

class Round {
public:
    explicit Round(std::uint64_t seed) : random_{seed}, system_{{.runtime = {.workers = workers}}} {
        support::progress().watch([this] { return system_.dump(); });
    }
    ~Round() { support::progress().watch({}); }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    void play() {
        Latch done{senders};
        const auto receiver = system_.spawn_with<Receiver>(narrow(), echo_, random_.next());
        const auto relay = system_.spawn_with<Relay>(narrow(), receiver);
        const std::uint32_t relayed = random_.below(senders);
        std::vector<Task<void>> tasks;
        for (std::uint32_t me = 0; me < senders; ++me) {
            Voice voice =
                me == relayed ? voice_of(me, {}, relay) : voice_of(me, receiver, receiver);
            if (me < sender_actors) {
                system_.spawn<Sender>(std::move(voice), done).tell(Go{});
            } else {
                tasks.push_back(start(std::move(voice), done));
            }
        }
        done.wait();
        for (Task<void>& task : tasks) task.get();
        settle(receiver);
    }

private:
    static ActorOptions narrow() {
        return {.mailbox = {.bound = 4, .when_full = WhenFull::suspend_sender}};
    }

    // Each on a worker of its own, to which the receiver comes with what it sends.
    Task<void> start(Voice voice, Latch& done) {
        auto sends = [&done, voice = std::move(voice)]() mutable {
            while (!voice.is_done()) voice.send_one();
            voice.hear_answers(0);
            done.count_down();
        };
        return spawn(system_.runtime(), std::move(sends), {.lives_long = true});
    }

    Voice voice_of(std::uint32_t me, Ref<Receiver> direct, Ref<Numbers> to) {
        return {me, std::move(direct), std::move(to), echo_, random_.next()};
    }

    void settle(const Ref<Receiver>& receiver) {
        // Behind all that the relay has sent on: each sender has heard an answer of its last ones,
        // or its last ones were told, and those are in the receiver's mailbox or on their way.
        Report report{};
        while (report.handled < senders * messages_each) report = receiver.ask(Reporting{}, 1min);
        const auto end = system_.stop(StopPolicy::drain, Deadline::after(1min));
        require(end.survivors.empty(), "all end");
        require_equal(system_.stats().dead_letters, std::uint64_t{0}, "dead letters");
        require_equal(report.handled, senders * messages_each, "messages handled");
        std::printf("%llu messages handled on %zu workers, moved %llu times\n",
                    static_cast<unsigned long long>(report.handled), report.workers_met,
                    static_cast<unsigned long long>(report.moves));
        require(report.workers_met >= workers_met_min, "the receiver ran on half of the workers");
        require(report.moves >= moves_min, "the receiver was moved often");
        figures.handled.fetch_add(report.handled);
        figures.moves.fetch_add(report.moves);
        for (const WorkerStats& worker : system_.runtime().stats().workers) {
            figures.steals.fetch_add(worker.steals);
        }
    }

    Random random_;
    System system_;
    const Ref<Echo> echo_ = system_.spawn<Echo>();
};

}  // namespace

}  // namespace greenroom::stress

int main(int argc, char** argv) {
    using namespace greenroom::stress;
    greenroom::support::play_stress<Round>(argc, argv,
                                           {{"handled", &figures.handled},
                                            {"told", &figures.told},
                                            {"by protocol", &figures.told_by_protocol},
                                            {"asked", &figures.asked},
                                            {"requested", &figures.requested},
                                            {"forwarded", &figures.forwarded},
                                            {"relayed", &figures.relayed},
                                            {"found full", &figures.found_full},
                                            {"yields", &figures.yields},
                                            {"sleeps", &figures.sleeps},
                                            {"asks between", &figures.asks_between},
                                            {"moves", &figures.moves},
                                            {"steals", &figures.steals}});
}
