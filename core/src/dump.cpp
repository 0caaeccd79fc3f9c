// What all that is suspended waits for, and where it stands.
//
// A worker asks its own fibers, since they run on no other: it switches to each, whose wait stays
// as it is, and the fiber takes its own stack trace inside of that wait and switches back
// (Worker::trace). So no wake is lost: it lies in the inbox meanwhile.
#include <greenroom/core/error.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fiber_dump.hpp"
#include "runtime_core.hpp"
#include "symbols.hpp"
#include "this_thread.hpp"
#include "thread_registry.hpp"

namespace greenroom::detail {

namespace {

constexpr Duration answer_time = std::chrono::seconds{1};  // for who is in a handler just now
constexpr unsigned fibers_between_looks = 32;              // at the clock

struct DumpRequest {
    DumpRequest(const DumpOptions& its_options, std::size_t workers)
        : options{its_options}, of_worker(workers) {}

    const DumpOptions options;
    std::vector<FiberDump> of_worker;  // each written by its worker
};

}  // namespace

std::string RuntimeCore::dump(const DumpOptions& options_of_dump) {
    const auto request = std::make_shared<DumpRequest>(options_of_dump, workers.size());
    const auto describe = [](void* asked, Worker& worker) {
        DumpRequest& all = *static_cast<DumpRequest*>(asked);
        worker.describe_suspended(all.of_worker[static_cast<std::size_t>(worker.index())],
                                  all.options);
    };
    const std::vector<bool> answered =
        on_each_worker(describe, request, Deadline::after(options_of_dump.time_max + answer_time));
    FiberDump all;
    std::string stuck;
    for (std::size_t i = 0; i < answered.size(); ++i) {
        if (answered[i]) {
            all.join(std::move(request->of_worker[i]));
        } else {
            stuck += describe_stuck(*workers[i]);
        }
    }
    Symbols symbols;
    std::string text = all.text(symbols) + stuck;
    BlockedThread::describe_all(text);
    return text;
}

std::vector<TaskInfo> RuntimeCore::all_tasks(Duration patience,
                                             std::shared_ptr<const Activity> only) {
    struct Lists {
        const std::shared_ptr<const Activity> only;
        std::vector<std::vector<TaskInfo>> of_worker;  // each written by its worker
    };
    const auto lists = std::make_shared<Lists>(Lists{std::move(only), {}});
    lists->of_worker.resize(workers.size());
    const auto list = [](void* asked, Worker& worker) {
        Lists& all = *static_cast<Lists*>(asked);
        auto& mine = all.of_worker[static_cast<std::size_t>(worker.index())];
        all.only == nullptr ? worker.list_tasks(mine) : worker.list_task(*all.only, mine);
    };
    const std::vector<bool> answered = on_each_worker(list, lists, Deadline::after(patience));
    std::vector<TaskInfo> all;
    for (std::size_t i = 0; i < answered.size(); ++i) {
        if (answered[i]) {
            all.insert(all.end(), lists->of_worker[i].begin(), lists->of_worker[i].end());
        } else if (const char* const runs = workers[i]->runs()) {
            all.push_back({runs, static_cast<int>(i), nullptr, {}, {}, nullptr});
        }
    }
    return all;
}

std::string RuntimeCore::describe_stuck(const Worker& worker) const {
    const char* const name = worker.runs();
    if (caller_driven() && !worker.is_awake()) {
        return "nobody called run_for: its fibers could not be asked\n";
    }
    return "worker " + std::to_string(worker.index()) + " is stuck in " +
           (name == nullptr ? "something unnamed" : name) + " and did not answer\n";
}

void Worker::describe_suspended(FiberDump& out, const DumpOptions& options) noexcept {
    const TimePoint began = core_.refresh_now();
    bool in_time = true;
    unsigned until_look = fibers_between_looks;
    for (Fiber* fiber = fibers_; fiber != nullptr; fiber = fiber->next_of_home) {
        if (fiber->activity == nullptr || fiber->waiting == nullptr) continue;
        if (in_time && --until_look == 0) {
            until_look = fibers_between_looks;
            in_time = core_.refresh_now() - began < options.time_max;
        }
        if (!in_time) {
            out.leave_out();
        } else if (options.stacks) {
            out.add(describe(*fiber), trace(*fiber));
        } else {
            out.add(describe(*fiber));
        }
    }
}

void Worker::list_tasks(std::vector<TaskInfo>& out) const {
    for (const Fiber* fiber = fibers_; fiber != nullptr; fiber = fiber->next_of_home) {
        if (fiber->activity != nullptr) out.push_back(task_on(*fiber));
    }
}

void Worker::list_task(const Activity& activity, std::vector<TaskInfo>& out) const {
    // relaxed: if it is this worker, this thread wrote it.
    if (activity.bound_to_.load(std::memory_order_relaxed) != this) return;
    if (activity.fiber_ != nullptr) out.push_back(task_on(*activity.fiber_));
}

TaskInfo Worker::task_on(const Fiber& fiber) const {
    TaskInfo task{fiber.activity->name(), index_, nullptr, {}, {}, fiber.activity};
    if (fiber.waiting != nullptr) {
        task.waits_for = fiber.waiting->why().kind;
        task.where = fiber.waiting->why().where;
        task.waited = core_.coarse_now() - fiber.waiting_since;
    }
    return task;
}

std::string Worker::describe(const Fiber& fiber) const {
    const WaitReason& why = fiber.waiting->why();
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(core_.coarse_now() -
                                                                              fiber.waiting_since);
    std::string line{fiber.activity->name()};
    line.append(" waits for ").append(why.kind).append(" at ").append(why.where.file).append(":");
    line += std::to_string(why.where.line) + " for " + std::to_string(waited.count());
    return line += " ms, worker " + std::to_string(index_) + "\n";
}

StackTrace Worker::trace(Fiber& fiber) noexcept {
    StackTrace stack;
    // Between two slices of a caller-driven runtime the thread is on a stack of its own.
    Context& here = this_thread().worker == this ? current_->context() : outside_;
    tracing_ = &stack;
    tracer_ = &here;
    here.switch_to(fiber.context());
    // It has used some of its stack that had been given back to the system.
    if (fiber.is_cool) stacks_.release_below(fiber.stack(), fiber.own_context().lowest_used());
    return stack;
}

// On the fiber that is traced.
void Worker::answer_tracer(Fiber& self) noexcept {
    std::exchange(tracing_, nullptr)->take(self.context().stack());
    self.context().switch_to(*tracer_);
}

}  // namespace greenroom::detail
