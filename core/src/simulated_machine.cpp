#include <greenroom/core/simulated_machine.hpp>

#include <algorithm>
#include <greenroom/core/assert.hpp>
#include <utility>

#include "thread_registry.hpp"
#include "virtual_thread.hpp"

namespace greenroom {

using detail::Context;
using detail::VirtualThread;

namespace {

using State = VirtualThread::State;

// Of "Fast splittable pseudorandom number generators" (Steele, Lea, Flood 2014): the same numbers
// with every compiler and library.
constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;

constexpr std::uint64_t mixed(std::uint64_t value) noexcept {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

bool by_priority(std::uint64_t seed, SimulationOptions::Policy policy) noexcept {
    if (policy == SimulationOptions::Policy::by_seed) return (mixed(seed + golden / 2) & 1) != 0;
    return policy == SimulationOptions::Policy::by_priority;
}

// Never destroyed, so that nobody can come after it.
std::vector<std::unique_ptr<VirtualThread>>& abandoned() {
    static auto* const threads = new std::vector<std::unique_ptr<VirtualThread>>;
    return *threads;
}

}  // namespace

class SimulatedMachine::VirtualHandle final : public Threads::Handle {
public:
    VirtualHandle(SimulatedMachine& machine, VirtualThread& thread) noexcept
        : machine_{machine}, thread_{thread} {}
    ~VirtualHandle() override { machine_.join(thread_); }

private:
    SimulatedMachine& machine_;
    VirtualThread& thread_;
};

SimulatedMachine::SimulatedMachine(std::uint64_t seed, const SimulationOptions& options)
    : seed_{seed},
      options_{options},
      by_priority_{by_priority(seed, options.policy)},
      random_{mixed(seed)} {
    GREENROOM_ASSERT(options.switch_one_in > 0);
}

SimulatedMachine::~SimulatedMachine() {
    GREENROOM_ASSERT(outside_ == nullptr);
    for (std::unique_ptr<VirtualThread>& thread : threads_) {
        // Others may hold pointers into the stack of one that never came to its end.
        if (thread->state != State::finished) abandoned().push_back(std::move(thread));
    }
}

void SimulatedMachine::run(std::function<void()> main) {
    GREENROOM_ASSERT(outside_ == nullptr);
    GREENROOM_ASSERT(stuck_ == nullptr);  // once stuck, a machine is of no more use
    steps_until_ = steps_ + options_.steps_max;
    VirtualThread& first = add_thread("main", std::move(main));
    Context here;
    outside_ = &here;
    current_ = &first;
    detail::ThisThread* const before = detail::set_this_thread(&*first.identity);
    here.switch_to(*first.resumes_at);
    detail::set_this_thread(before);
    current_ = nullptr;
    outside_ = nullptr;
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (stuck_) throw SimulationStuck{*stuck_};
    std::erase_if(threads_, [&](auto& thread) { return thread.get() == &first; });
}

void SimulatedMachine::point() noexcept {
    if (current_ == nullptr) return;
    if (++steps_ > steps_until_) stop_stuck(SimulationStuck::Reason::steps);
    if (!by_priority_) {
        if (one_in(options_.switch_one_in)) play(next_to_play(true));
    } else if (one_in(options_.switch_one_in * 8)) {
        fall_behind(*current_);
        play(next_to_play(false));
    }
}

TimePoint SimulatedMachine::now() noexcept {
    point();
    return now_;
}

std::unique_ptr<Threads::Handle> SimulatedMachine::start(std::string name,
                                                         std::function<void()> body) {
    GREENROOM_ASSERT(current_ != nullptr);
    VirtualThread& thread = add_thread(std::move(name), std::move(body));
    auto handle = std::make_unique<VirtualHandle>(*this, thread);
    give_way();
    return handle;
}

bool SimulatedMachine::wait(FutexWord& word, std::uint32_t expected, Deadline deadline) noexcept {
    GREENROOM_ASSERT(current_ != nullptr);
    point();
    // seq_cst: as a system call. Between this and sleep() nobody else is played.
    if (word.load(std::memory_order_seq_cst) != expected) return true;
    if (one_in(options_.spurious_one_in)) {
        trace(Event::spurious, current_->number);
        play(next_to_play(true));
        return true;
    }
    return sleep(&word, deadline);
}

void SimulatedMachine::wake(FutexWord* word) noexcept {
    std::uint32_t sleepers = 0;
    for (const auto& thread : threads_) sleepers += thread->sleeps_on == word ? 1 : 0;
    if (sleepers > 0) {
        std::uint32_t chosen = draw_below(sleepers);
        for (const auto& thread : threads_) {
            if (thread->sleeps_on != word || chosen-- != 0) continue;
            thread->state = State::runnable;
            thread->sleeps_on = nullptr;
            break;
        }
    }
    give_way();
}

void SimulatedMachine::pause() noexcept {
    if (current_ == nullptr) return;
    if (++steps_ > steps_until_) stop_stuck(SimulationStuck::Reason::steps);
    // If all others sleep, only time can bring what the caller is waiting for.
    const bool alone = std::count_if(threads_.begin(), threads_.end(), [](auto& thread) {
                           return thread->state == State::runnable;
                       }) == 1;
    if (alone && one_in(options_.hurry_one_in)) jump_to_deadline(Deadline::never());
    if (by_priority_) fall_behind(*current_);
    play(next_to_play(true));
}

std::uint32_t SimulatedMachine::choose(std::uint32_t count) noexcept {
    GREENROOM_ASSERT(count > 0);
    const std::uint32_t chosen = draw_below(count);
    trace(Event::chose, chosen);
    return chosen;
}

// ---- Chance and trace

std::uint64_t SimulatedMachine::draw() noexcept { return mixed(random_ += golden); }

std::uint32_t SimulatedMachine::draw_below(std::uint32_t count) noexcept {
    return static_cast<std::uint32_t>(((draw() >> 32) * count) >> 32);
}

bool SimulatedMachine::one_in(std::uint32_t count) noexcept {
    return count > 0 && draw_below(count) == 0;
}

void SimulatedMachine::trace(Event event, std::uint64_t value) noexcept {
    // The steps between the events count too: they tell of every atomic operation.
    for (const std::uint64_t word : {static_cast<std::uint64_t>(event), value, steps_}) {
        trace_ = mixed(trace_ + golden + word);
    }
}

// ---- Threads

VirtualThread& SimulatedMachine::add_thread(std::string name, std::function<void()> body) {
    threads_.push_back(std::make_unique<VirtualThread>(*this, started_, std::move(name),
                                                       std::move(body), options_.stack_bytes));
    VirtualThread& thread = *threads_.back();
    trace(Event::started, started_++);
    thread.priority = 1 + static_cast<std::int64_t>(draw() >> 2);
    ++alive_;
    return thread;
}

// The last of a virtual thread, on its own stack.
void SimulatedMachine::end_thread(VirtualThread& thread) noexcept {
    trace(Event::ended, thread.number);
    thread.state = State::finished;
    wake_all(&thread);
    if (--alive_ == 0) {
        thread.first.switch_to(*outside_);
    } else {
        VirtualThread& next = next_to_play(true);
        current_ = &next;
        detail::set_this_thread(&*next.identity);
        thread.first.switch_to(*next.resumes_at);
    }
}

void SimulatedMachine::join(VirtualThread& thread) noexcept {
    if (current_ != nullptr) {
        while (thread.state != State::finished) {
            current_->joins = &thread;
            sleep(&thread, Deadline::never());
            current_->joins = nullptr;
        }
    }
    if (thread.state != State::finished) return;  // abandoned: see the destructor
    std::erase_if(threads_, [&](auto& one) { return one.get() == &thread; });
}

// False: the deadline came first.
bool SimulatedMachine::sleep(const void* address, Deadline deadline) noexcept {
    VirtualThread& self = *current_;
    self.expired = !deadline.is_never() && deadline.at() <= now_;
    if (!self.expired) {
        self.state = State::sleeping;
        self.sleeps_on = address;
        self.deadline = deadline;
    }
    play(next_to_play(!self.expired));
    return !self.expired;
}

void SimulatedMachine::wake_all(const void* address) noexcept {
    for (const auto& thread : threads_) {
        if (thread->sleeps_on != address) continue;
        thread->state = State::runnable;
        thread->sleeps_on = nullptr;
    }
}

// ---- The order

// A point at which somebody may have become runnable.
void SimulatedMachine::give_way() noexcept {
    if (current_ == nullptr) return;
    if (++steps_ > steps_until_) stop_stuck(SimulationStuck::Reason::steps);
    if (by_priority_) {
        play(next_to_play(false));
    } else if (one_in(2)) {
        play(next_to_play(true));
    }
}

// Who goes on now. Lets time pass if that is what it takes.
VirtualThread& SimulatedMachine::next_to_play(bool other_than_current) noexcept {
    if (one_in(options_.hurry_one_in)) {
        const bool near = options_.hurry_max < TimePoint::max() - now_;
        jump_to_deadline(near ? Deadline{now_ + options_.hurry_max} : Deadline::never());
    }
    VirtualThread* next = pick(other_than_current);
    while (next == nullptr) {
        if (!jump_to_deadline(Deadline::never())) stop_stuck(SimulationStuck::Reason::deadlock);
        next = pick(false);
    }
    trace(Event::play, next->number);
    return *next;
}

// One that is runnable, another than the current one if there is such; null if none is.
VirtualThread* SimulatedMachine::pick(bool other_than_current) noexcept {
    VirtualThread* best = nullptr;
    std::uint32_t count = 0;
    const bool current_can = current_->state == State::runnable;
    for (const auto& thread : threads_) {
        if (thread->state != State::runnable) continue;
        if (other_than_current && thread.get() == current_) continue;
        ++count;
        const bool better = best != nullptr && thread->priority > best->priority;
        if (best == nullptr || (by_priority_ ? better : draw_below(count) == 0)) {
            best = thread.get();
        }
    }
    return best == nullptr && current_can ? current_ : best;
}

void SimulatedMachine::fall_behind(VirtualThread& thread) noexcept {
    thread.priority = --lowest_priority_;
}

void SimulatedMachine::play(VirtualThread& next) noexcept {
    VirtualThread& self = *current_;
    if (&next == &self) return;
    Context here;  // not self.first: the thread may be on a stack of its own
    self.resumes_at = &here;
    current_ = &next;
    detail::set_this_thread(&*next.identity);
    here.switch_to(*next.resumes_at);
}

// Goes on to the earliest deadline if that is not after `latest`, and ends all waits that are due.
bool SimulatedMachine::jump_to_deadline(Deadline latest) noexcept {
    Deadline earliest;
    for (const auto& thread : threads_) {
        if (thread->state == State::sleeping) earliest = std::min(earliest, thread->deadline);
    }
    if (earliest.is_never() || earliest > latest) return false;
    now_ = std::max(now_, earliest.at());
    trace(Event::jump, static_cast<std::uint64_t>(now_.time_since_epoch().count()));
    for (const auto& thread : threads_) {
        if (thread->state != State::sleeping || thread->deadline > earliest) continue;
        thread->state = State::runnable;
        thread->sleeps_on = nullptr;
        thread->expired = true;
    }
    return true;
}

void SimulatedMachine::stop_stuck(SimulationStuck::Reason reason) noexcept {
    const bool deadlock = reason == SimulationStuck::Reason::deadlock;
    current_ = nullptr;  // the story is told outside of the run: no points in it
    stuck_ = std::make_unique<SimulationStuck>(
        reason, std::string{deadlock ? "simulation: all threads wait, none for a deadline"
                                     : "simulation: no end within the limit of steps"} +
                    "; seed " + std::to_string(seed_) + describe_threads());
    Context here;
    here.switch_to(*outside_);
    std::terminate();  // nobody comes back
}

std::string SimulatedMachine::describe_threads() const {
    std::string story;
    for (const auto& thread : threads_) {
        if (thread->state == State::finished) continue;
        story += "\n  " + thread->name;
        if (thread->identity && thread->identity->worker != nullptr) story += ", a worker,";
        if (thread->state == State::runnable) {
            story += " is runnable";
        } else if (thread->joins != nullptr) {
            story += " joins " + thread->joins->name;
        } else {
            story += " sleeps on a futex";
        }
    }
    story += '\n';
    // Whoever is runnable may hold the registry's lock, and will not go on.
    const bool all_sleep = std::none_of(threads_.begin(), threads_.end(), [](auto& thread) {
        return thread->state == State::runnable;
    });
    if (all_sleep) detail::BlockedThread::describe_all(story);
    return story;
}

SimulatedMachine* this_machine() noexcept {
    detail::ThisThread* const played = detail::played_thread();
    // Only a machine plays threads, and then it is what they know as the threads.
    return played != nullptr ? static_cast<SimulatedMachine*>(played->threads) : nullptr;
}

}  // namespace greenroom
