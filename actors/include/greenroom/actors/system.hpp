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
//           is still there is named on stderr and the process ends by std::terminate: never a hang,
//           never a silent leak. It runs on a plain thread.
#pragma once

#include <cstdint>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/detail/spawn.hpp>
#include <greenroom/actors/functional_actor.hpp>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/ref.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/runtime.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greenroom {

struct SystemOptions {
    RuntimeOptions runtime;
    // How long a stopping actor may go on with the handler that it is in, and its hook.
    Duration grace = std::chrono::seconds{5};
};

// What a system has counted since it began.
struct SystemStats {
    std::uint64_t actors = 0;        // alive now
    std::uint64_t dead_letters = 0;  // messages to actors that had ended, or ended before them
    std::uint64_t dropped = 0;       // messages dropped by a full mailbox's policy
    std::uint64_t late_answers = 0;  // answers whose asker had gone
    std::uint64_t expired_asks = 0;  // requests dropped unhandled since their asker had gone
    std::uint64_t failures = 0;      // actors that ended by an exception
};

enum class StopPolicy {
    drain,  // actors handle what is queued, until the deadline
    now,    // actors finish the handler that they are in, until the deadline
};

// How System::stop ended.
struct StopReport {
    bool clean = true;                   // all actors ended by themselves before the deadline
    std::uint64_t killed = 0;            // actors that had to be killed at the deadline
    std::vector<std::string> late;       // their names, a hundred at most
    std::vector<std::string> survivors;  // names of those that did not end even so
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
        return detail::spawn_actor<A>(core(), nullptr, ActorOptions{}, std::forward<Args>(args)...);
    }
    template <class A, class... Args>
    Ref<A> spawn_with(const ActorOptions& options, Args&&... args) {
        return detail::spawn_actor<A>(core(), nullptr, options, std::forward<Args>(args)...);
    }

    // An actor that is a set of functions: functional_actor.hpp.
    template <class... Fs>
    auto spawn_functional(Fs&&... functions) {
        return detail::spawn_functional(core(), nullptr, ActorOptions{},
                                        std::forward<Fs>(functions)...);
    }

    // An actor that is one function, which takes these messages when it wants them: process.hpp.
    template <class... Messages, class F>
    auto spawn_process(F&& body, const ActorOptions& options = {}) {
        return detail::spawn_process<typename detail::AsSignature<Messages>::Type...>(
            core(), nullptr, options, std::forward<F>(body));
    }

    // Names an actor of this system. The name is free again when the actor has ended and its
    // `Down`s are sent. Throws Error(name_taken), and ActorStopped if the actor has ended.
    template <class A>
    void register_name(std::string_view name, const Ref<A>& actor) {
        register_cell(name, *actor.cell());
    }
    // The actor of that name. Throws Error(not_found) if there is none, or if its class is another.
    template <class A>
    Ref<A> find(std::string_view name) const {
        return Ref<A>::adopt(find_cell(name, detail::TypeOf<A>::type));
    }

    // Ends all actors, children before parents, and returns what happened, 100 ms after `deadline`
    // at the latest: those it had to kill get that long to unwind. (A caller-driven one returns
    // after the handler that runs then.) Spawns are refused from now on. From any fiber or thread
    // but an actor of the system's own.
    StopReport stop(StopPolicy policy, Deadline deadline);

    SystemStats stats() const noexcept;
    // A line for each actor and task that waits: its name, for what, where, for how long.
    std::string dump() const;
    Runtime& runtime() noexcept;

private:
    detail::SystemCore& core() const noexcept { return *core_; }
    void register_cell(std::string_view name, detail::Cell& cell);
    detail::Cell& find_cell(std::string_view name, const detail::ActorType& type) const;

    detail::SystemCore* core_;
};

}  // namespace greenroom
