// System: where actors live: a runtime, the tree of actors, names, counters, and an orderly end.
//
//     greenroom::System system;
//     greenroom::Ref<Account> account = system.spawn<Account>(100);
//     account.tell(Deposit{25});
//     int cents = account.ask(Balance{}, 1s);
//
// There is no global one: several may live in one process, and actors of one may hold Refs to those
// of another.
//
// Threads   Every member is safe from any thread, the destructor excepted.
// Lifetime  The destructor lets every actor handle what it has, within `grace`, then kills it; what
//           is still there 3 s later is named on stderr and the process ends by std::terminate:
//           never a hang, never a silent leak. It runs on a plain thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/actor_report.hpp>
#include <greenroom/actors/actor_tree.hpp>
#include <greenroom/actors/class_stats.hpp>
#include <greenroom/actors/detail/named.hpp>
#include <greenroom/actors/detail/spawn.hpp>
#include <greenroom/actors/functional_actor.hpp>
#include <greenroom/actors/names.hpp>
#include <greenroom/actors/overload.hpp>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/ref.hpp>
#include <greenroom/actors/trace.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/where.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greenroom {

struct SystemOptions {
    RuntimeOptions runtime;
    // How long a stopping actor may go on with the handler that it is in, and its hook.
    Duration grace = std::chrono::seconds{5};
    // By what rules those actors without a parent are restarted that it supervises. One that fails
    // too often ends.
    Supervision supervision{};
    // How many of its last messages an actor notes, unless its ActorOptions say otherwise: for the
    // report of a failure in the log, and for inspect(). It costs some 40 ns a message. And the
    // same of those that have failed, from then on until they end: who never fails pays nothing.
    // Each 0 to 1,000, else std::invalid_argument.
    std::size_t notes = 0;
    std::size_t notes_after_failure = 10;
    // Whether class_stats() counts. It costs some 10 ns a message, some 100 ns a spawn, and some
    // 500 bytes an actor.
    bool class_stats = false;
    // How many names its actors may have at a time.
    std::size_t names_max = 100'000;
    // Called for an actor that is overloaded, or whose bound was met: beside the line in the log,
    // once in a second at most.
    // In that actor's turn, between two messages: it must not suspend. What it throws is logged.
    std::function<void(const Overload&)> on_overload{};
};

// What a system has counted since it began.
struct SystemStats {
    std::uint64_t actors = 0;         // alive now
    std::uint64_t dead_letters = 0;   // messages to actors that had ended, or ended before them
    std::uint64_t dropped = 0;        // messages dropped by a full mailbox's policy
    std::uint64_t refused = 0;        // MailboxFull, and Sent::full, by bounds of mailboxes
    std::uint64_t room_waits = 0;     // sends that had to wait for room in a mailbox
    std::uint64_t late_answers = 0;   // answers whose asker had gone
    std::uint64_t expired_asks = 0;   // requests dropped unhandled since their asker had gone
    std::uint64_t given_up_asks = 0;  // that their handlers gave up, as their askers' time was up
    std::uint64_t overloads = 0;     // times that an actor found MailboxOptions::overload_at queued
    std::uint64_t failures = 0;      // actors that ended by an exception
    std::uint64_t names = 0;         // registered now
    std::uint64_t name_watches = 0;  // that actors have on names now, whether registered or not
    std::uint64_t stream_waits = 0;  // sends into a stream that had to wait for its reader
    std::uint64_t abandoned_streams = 0;  // those whose reader had gone before their end
    std::uint64_t long_walks = 0;         // along waiting actors, for a circle, that were given up
};

enum class StopPolicy {
    drain,  // actors handle what is queued, until the deadline
    now,    // actors finish the handler that they are in, until the deadline
};

// When a hook of System::on_stop is called.
enum class StopPhase {
    close_doors,   // first, while all actors still work: to take nothing new
    after_actors,  // last, when they have ended, or will not: to close what they used
};

// How System::stop ended.
struct StopReport {
    bool clean = true;              // all actors ended by themselves before the deadline
    std::uint64_t killed = 0;       // actors that had to be killed at the deadline
    std::vector<std::string> late;  // their names, a hundred at most
    // Those that did not end even so, a hundred at most, and what each does: "Account 17: waits for
    // ask at bank.cpp:12, for 3200 ms".
    std::vector<std::string> survivors;
    std::vector<std::string> failed_hooks;  // "listener: has not ended in time"
};

class System {
public:
    explicit System(SystemOptions options = {});
    ~System();
    System(const System&) = delete;
    System& operator=(const System&) = delete;

    // Makes an actor `A(args...)`. The constructor runs here and may throw; on_start runs in the
    // actor. Throws Error(stopping) once the system goes down.
    template <class A, class... Args>
    Ref<A> spawn(Args&&... args) {
        return spawn_with<A>(usual_actor_options, std::forward<Args>(args)...);
    }
    template <class A, class... Args>
    Ref<A> spawn_with(const ActorOptions& options, Args&&... args) {
        return detail::spawn_actor<A>(core(), nullptr, options, std::forward<Args>(args)...);
    }

    // An actor that is made by `make`, once more whenever it is restarted: supervision.hpp.
    template <class F>
    auto supervise(F make, const ChildOptions& options = {}) {
        return detail::supervise_actor(core(), nullptr, std::move(make), options);
    }
    // Ends one of those, as by stop(), that would be restarted; another's child is only stopped.
    // From any thread.
    void stop_child(const AnyRef& child) noexcept { child.cell()->end_for_good(nullptr); }

    // An actor that is a set of functions: functional_actor.hpp.
    template <class... Fs>
    auto spawn_functional(Fs&&... functions) {
        return spawn_functional_with(usual_actor_options, std::forward<Fs>(functions)...);
    }
    template <class... Fs>
    auto spawn_functional_with(const ActorOptions& options, Fs&&... functions) {
        return detail::spawn_functional(core(), nullptr, options, std::forward<Fs>(functions)...);
    }
    // The same, made anew with copies of the functions as they were given: supervision.hpp.
    template <class... Fs>
    auto supervise_functional(const ChildOptions& options, Fs&&... functions) {
        return detail::supervise_functional(core(), nullptr, options,
                                            std::forward<Fs>(functions)...);
    }

    // An actor that is one function, which takes these messages when it wants them: process.hpp.
    template <class... Messages, class F>
    auto spawn_process(F&& body, const ActorOptions& options = {}) {
        return detail::spawn_process<typename detail::AsSignature<Messages>::Type...>(
            core(), nullptr, options, std::forward<F>(body));
    }
    // The same, begun anew with a copy of the function as it was given.
    template <class... Messages, class F>
    auto supervise_process(F&& body, const ChildOptions& options = {}) {
        return detail::supervise_process<typename detail::AsSignature<Messages>::Type...>(
            core(), nullptr, options, std::forward<F>(body));
    }

    // Names an actor of this system. The name is free again when the actor has ended and its
    // `Down`s are sent; it does not keep the actor alive. Throws Error(name_taken),
    // Error(limit_reached) by SystemOptions::names_max, and ActorStopped if the actor has ended.
    template <class A>
    void register_name(std::string_view name, const Ref<A>& actor) {
        register_named(name, detail::NamedAs<A>::from(actor));
    }
    // Takes a name back, whoever has it. False if no actor that lives has it.
    bool unregister_name(std::string_view name);
    // All that are registered, in order. One that comes or goes meanwhile may be in or not.
    std::vector<std::string> names() const;

    // The actor of that name: as the class that it is of, as Actor, or as what it was registered
    // as; of a protocol as any part of it, too. To be found as a protocol an actor is registered as
    // one: register_name<Store>("store", ref). Throws Error(not_found) if there is none, if it has
    // ended, or if it is of another type.
    template <class A>
    Ref<A> find(std::string_view name) const {
        return detail::NamedAs<A>::to_ref(find_named(name, detail::NamedAs<A>::type));
    }
    // Nobody where find throws Error(not_found).
    template <class A>
    [[nodiscard]] Ref<A> try_find(std::string_view name) const {
        return detail::NamedAs<A>::to_ref(try_find_named(name, detail::NamedAs<A>::type));
    }
    // Waits until somebody has that name; nobody if that is not so by the deadline. Throws
    // Error(not_found) if it is of another type, Error(stopping) once the system goes down. A
    // suspension point. Throws Error(wrong_thread) on the thread that drives a caller-driven
    // runtime, where it would wait.
    template <class A>
    [[nodiscard]] Ref<A> find_before(std::string_view name, Deadline deadline,
                                     Where where = Where::here()) const {
        return detail::NamedAs<A>::to_ref(
            find_named_before(name, detail::NamedAs<A>::type, deadline, where));
    }
    // The same, but throws Timeout.
    template <class A>
    Ref<A> find(std::string_view name, Duration timeout, Where where = Where::here()) const {
        Ref<A> found = find_before<A>(name, Deadline::after(timeout), where);
        if (!found) throw_not_in_time(name, timeout, where);
        return found;
    }

    // Has `hook` called when the system stops, as a task that may wait, once, by the first stop.
    // Those of a phase are called one after another, the last added first; what is not done at the
    // stop's deadline is cancelled and reported, and so is what throws; those of after_actors have
    // 100 ms in any case. `name` is for the report.
    // Throws Error(limit_reached) beyond 1,000.
    void on_stop(StopPhase phase, std::string name, std::function<void()> hook);

    // Calls the hooks, ends all actors, children before parents, and returns what happened, 400 ms
    // after `deadline` at the latest: those it had to kill get 100 ms to unwind, and what the
    // others do is asked for 200 ms. (A caller-driven one returns after the handler that runs
    // then.) Spawns are refused from now on. From any fiber or thread but an actor of the system's
    // own.
    StopReport stop(StopPolicy policy, Deadline deadline);

    SystemStats stats() const noexcept;
    // The same by the classes of which there have been actors, in the order of their names; those
    // of one name, in several files, apart. With SystemOptions::class_stats, else empty.
    std::vector<ClassStats> class_stats() const;
    // Its actors, those without a parent first. Each family is as it was when it was looked at;
    // together they may never have been so.
    std::vector<ActorNode> tree() const;
    // A look into an actor of this system, whatever it does: its mailbox, its family, what it waits
    // for. Its handlers are not waited for; but its workers are asked, if it does something, and
    // may take 100 ms to answer. One that computes for longer is told as running, or, by the name
    // of its class, mistaken for another one that is. A suspension point that is not cancelled.
    // Throws std::invalid_argument for nobody, and for an actor of another system.
    ActorReport inspect(const AnyRef& actor) const;
    // The same with what it says of its own state (Actor::on_inspect), which it is asked for: it
    // comes to that before its next message, if that is by the deadline. Else the report has what
    // keeps it. A suspension point. Throws Error(wrong_thread) on the thread that drives a
    // caller-driven runtime.
    ActorReport inspect_state(const AnyRef& actor, Deadline deadline) const;
    // Has each message told that an actor of this system handles, from now on: to `function`, or,
    // if that is empty, to the log. In place of the trace that it has, if it has one. See
    // trace.hpp. Throws as inspect().
    void trace(const AnyRef& actor, const TraceOptions& options = {}, TraceFunction function = {});
    void trace(const AnyRef& actor, TraceFunction function) {
        trace(actor, TraceOptions{}, std::move(function));
    }
    // Ends that, and tells what it has done; an actor that has ended, or has none, is told of as
    // having done nothing. The function may still be called once while this returns.
    TraceCounts untrace(const AnyRef& actor);
    // A line for each actor and task that waits: its name, for what, where, for how long.
    std::string dump() const;
    Runtime& runtime() noexcept;

private:
    friend class Faults;

    detail::SystemCore& core() const noexcept { return *core_; }
    void register_named(std::string_view name, const detail::Named& actor);
    detail::Named find_named(std::string_view name, const detail::RefType& type) const;
    detail::Named try_find_named(std::string_view name, const detail::RefType& type) const;
    detail::Named find_named_before(std::string_view name, const detail::RefType& type,
                                    Deadline deadline, Where where) const;
    [[noreturn]] static void throw_not_in_time(std::string_view name, Duration timeout,
                                               Where where);

    detail::SystemCore* core_;
};

}  // namespace greenroom
