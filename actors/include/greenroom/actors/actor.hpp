// Actor: the base class of all actors: state of its own, and a handler for each message.
//
//     struct Deposit { int cents; };
//     class Account : public greenroom::Actor {
//      public:
//       void on(Deposit d) { cents_ += d.cents; }
//      private:
//       int cents_ = 0;
//     };
//
// A handler is a public member function `on` that takes its message by value, by const reference or
// by rvalue reference; what it returns is the answer to an ask. Handlers of one actor run one at a
// time and may wait anywhere (ask, sleep_for, a mutex, a socket): the actor then takes no other
// message until the handler goes on, and no thread is blocked.
//
// Threads   Members are called by the actor itself, in its handlers and hooks.
// Lifetime  The constructor runs in the spawner's context and may throw out of spawn; the members
//           below work from on_start on. Without a System the object can be made and tested alone.
// Failure   An exception that leaves a handler ends the actor: its children stop, on_stop runs, its
//           watchers hear `Down` with the reason.
#pragma once

#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/child_options.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/cell_names.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/ref.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/assert.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace greenroom {

class FunctionalActor;
class Process;
class System;

class Actor {
public:
    Actor() noexcept = default;
    Actor(const Actor&) = delete;
    Actor& operator=(const Actor&) = delete;

protected:
    virtual ~Actor() = default;

    // The first thing that runs in the actor. May wait. An exception ends it as failed.
    virtual void on_start() {}
    // The first thing that runs in an actor that was made anew, for `why`.
    virtual void on_restart(const ExitReason& why) {
        (void)why;
        on_start();
    }
    // The last thing, once its children have ended and before the destructor, also in an actor that
    // was stopped before on_start ran. May wait, within the grace. An exception is logged.
    virtual void on_stop(const ExitReason& reason) { (void)reason; }

    // What System::inspect_state() tells of its state. Runs in the actor, between two messages, and
    // in a reentrant one while others wait; perhaps before on_start, if that is lazy. Should not
    // wait. An exception is told as well, and ends nothing.
    virtual std::string on_inspect() const { return {}; }

    // Ends this actor after the handler that runs.
    void stop() noexcept { cell().stop_itself(); }

    // This actor as `Ref`, typed by the argument: self(this).
    template <class A>
    Ref<A> self(const A* me) const noexcept {
        static_assert(std::is_base_of_v<Actor, A>);
        GREENROOM_ASSERT(static_cast<const Actor*>(me) == this);
        cell().add_reference();
        return Ref<A>::adopt(cell());
    }

    // Spawns a child: it stops when this actor does, before it. Throws Error(stopping) if this
    // actor is stopping, and what the child's constructor throws.
    template <class A, class... Args>
    Ref<A> spawn(Args&&... args) {
        return spawn_with<A>(usual_actor_options, std::forward<Args>(args)...);
    }
    template <class A, class... Args>
    Ref<A> spawn_with(const ActorOptions& options, Args&&... args);
    // A child that is made by `make`, once more whenever it is restarted: supervision.hpp. `make`
    // returns the actor, which is made in its place. It lives, with its captures, until the
    // child has ended, and is called here for the first time, in the child's turns for the others.
    template <class F>
    auto supervise(F make, const ChildOptions& options = {});
    // Ends a child, as by stop(), that would be restarted; another's child is only stopped.
    void stop_child(const AnyRef& child) noexcept { child.cell()->end_for_good(&cell()); }
    // A child that is a set of functions: functional_actor.hpp.
    template <class... Fs>
    auto spawn_functional(Fs&&... functions);
    template <class... Fs>
    auto spawn_functional_with(const ActorOptions& options, Fs&&... functions);
    // The same, made anew with copies of the functions as they were given: supervision.hpp.
    template <class... Fs>
    auto supervise_functional(const ChildOptions& options, Fs&&... functions);

    // A child that is one function, which takes these messages when it wants them: process.hpp.
    template <class... Messages, class F>
    auto spawn_process(F&& body, const ActorOptions& options = {});
    // The same, begun anew with a copy of the function as it was given.
    template <class... Messages, class F>
    auto supervise_process(F&& body, const ChildOptions& options = {});

    // Keeps a message that this actor, whose class is told by `me`, cannot handle yet: as if it had
    // not come, until unstash() has all that were kept handled next, oldest first. A handler of a
    // message that is asked for an answer takes a Reply, and keeps that with it. At the actor's end
    // they are dead letters. Throws Error(limit_reached) beyond ActorOptions::kept_max; then the
    // message is dropped and counted, and its asker is told.
    template <class Me, class M>
    void stash(const Me* me, M message);
    template <class Me, class M, class R>
    void stash(const Me* me, M message, Reply<R> reply);
    void unstash() noexcept { cell().put_back_kept(); }

    // Has a `Down` sent to this actor, whose class is told by `me` and handles it, when `watched`
    // ends; at once if it has. Each call sends one, until unwatch().
    template <class Me>
    WatchId watch(const Me* me, const AnyRef& watched);
    // No `Down` is handled for that watch from now on. False: it has been, or it is none.
    bool unwatch(WatchId watch) noexcept { return cell().end_watch(watch); }

    // Has this actor fail when `other` fails or is killed, whatever it is doing, and `other` when
    // this one does. One of them whose class handles `LinkDown` is sent that instead, whatever the
    // reason. If `other` has ended already, so it is at once. Throws std::bad_alloc.
    void link(const AnyRef& other) { cell().link(*other.cell()); }
    // False: they were not linked.
    bool unlink(const AnyRef& other) noexcept { return cell().unlink(*other.cell()); }

    // Has `message` sent to this actor when `delay` has passed; after each `period`, counted from
    // the start, those that it was too late for treated as `missed` says; or whenever it was given
    // no message for `timeout`, again and again while that lasts (timers and Downs do not count).
    // See timer.hpp. `period` and `timeout` are more than zero (asserted).
    template <class Me, class M>
    ActorTimer start_timer(const Me* me, Duration delay, M message);
    template <class Me, class M>
    ActorTimer start_periodic_timer(const Me* me, Duration period, M message,
                                    MissedTicks missed = MissedTicks::skip);
    template <class Me, class M>
    ActorTimer start_idle_timer(const Me* me, Duration timeout, M message);

    // Has a `NameRegistered` sent to this actor, of the class of `me`, when somebody is registered
    // under `name`, and a `NameFreed` when the name is free again, until unwatch_name(name): see
    // names.hpp. At once if it is somebody's already. Watching a name again changes nothing.
    template <class Me>
    void watch_name(const Me* me, std::string_view name);
    // Neither is handled from now on. False: it was not watched.
    bool unwatch_name(std::string_view name) noexcept {
        return detail::CellNames::unwatch(cell(), name);
    }

    System& system() const noexcept;
    ActorId id() const noexcept { return cell().id(); }

private:
    template <class Me, class M>
    ActorTimer start_timer(const Me* me, detail::TimerMessage::Repeats repeats, Duration period,
                           MissedTicks missed, M&& message);

    template <class A>
    friend struct detail::TypeOf;
    friend class detail::Cell;
    friend class FunctionalActor;
    friend class Process;

    detail::Cell& cell() const noexcept {
        GREENROOM_ASSERT(cell_ != nullptr);  // not in the constructor: do it in on_start
        return *cell_;
    }

    detail::Cell* cell_ = nullptr;  // set when the constructor has returned
};

}  // namespace greenroom

#include <greenroom/actors/detail/spawn.hpp>  // IWYU pragma: export
