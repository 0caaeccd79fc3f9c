// Cell: an actor's control block; in one allocation with the user's object behind it.
//
//   idle --push--> scheduled --a worker--> in turn --nothing left--> idle
//   in turn --a handler waits--> suspended --resumed--> in turn    (it is "in turn" for all others)
//   in turn, suspended --stop, kill, a failure--> stopping --children gone, on_stop ran--> ended
//   in turn --a failure of one that is supervised--> halting, halted --> in turn (cell_restart.cpp)
//
// One turn at a time: whoever finds the mailbox idle schedules the cell, and it does not go idle
// before its turn is over. So what is marked "turn" needs no lock, on whatever worker the turn is.
// While a handler is suspended, control() runs on that worker too, and may touch the same.
//
// A handler may also wait for the next message (Process::receive). The mailbox says so then, and
// the cell is not idle: whose message comes first wakes the handler, and schedules no cell.
//
// The files: cell.cpp, cell_bounded.cpp (turns), cell_send.cpp (how a message comes in),
// cell_receive.cpp (taking messages within a turn, keeping them), cell_urgent.cpp, cell_wait.cpp
// (who waits at it), cell_reentrant.cpp, cell_stop.cpp (stopping and ending), cell_restart.cpp,
// cell_family.cpp (children), cell_watch.cpp (watchers and links), cell_names.cpp, cell_notes.cpp,
// cell_overload.cpp, cell_inspect.cpp, dead_letter.cpp; cell_layout.cpp. Other atomics: Activity.
//
// Threads   What is marked "turn" as above; `family` under its lock; the rest never changes.
// Lifetime  The memory is held by a live actor until it has ended, and by its Refs: CellCounts.
#pragma once

#include <exception>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/detail/actor_type.hpp>
#include <greenroom/actors/detail/cell_counts.hpp>
#include <greenroom/actors/detail/cell_parts.hpp>
#include <greenroom/actors/detail/cell_signals.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/wait_node.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/mailbox.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/activity.hpp>
#include <greenroom/core/detail/mailbox_word.hpp>
#include <greenroom/core/detail/runnable.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/stack_class.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace greenroom::detail {

// Runnable comes first: so a turn begins without a detour.
class Cell final : public Runnable, public Activity, public CellSignals {
public:
    static constexpr int messages_in_a_turn_max = 256;  // then others have their turn
    static constexpr std::size_t crowd_min = 64;        // a batch that is looked at for overload

    using Circle = WaitNode::Circle;
    std::unique_ptr<TurnSlot> reserve_turn() override;

    // In one allocation with room for the object. Throws if the system is stopping, or the parent.
    static Cell& make(SystemCore& system, const ActorType& type, Cell* parent,
                      const ActorOptions& options);

    // ---- Any thread, holding a reference.

    const char* name() const noexcept override { return type_.name; }
    ActorId id() const noexcept { return ActorId{id_}; }
    const ActorType& type() const noexcept { return type_; }
    SystemCore& system() const noexcept { return system_; }
    Actor& actor() const noexcept { return *actor_; }
    Cell* parent() const noexcept { return parent_; }

    // Takes the message over, whatever happens: in the worst case as a dead letter. May suspend or
    // throw MailboxFull by the mailbox's policy; then the message was destroyed.
    void send(Message& message, Where where) {
        if (bounded_ != nullptr) return send_bounded(message, where);
        if (const Pushed pushed = mailbox_.push_usually(message); pushed != Pushed::queued) {
            pushed == Pushed::first ? begin_turn_with(message) : send_unusually(message, where);
        }
    }
    // The same for an urgent one, which is handled next. Never suspends; MailboxFull by urgent_max.
    void send_urgent(Message& message, Where where);
    // Either, as its descriptor says.
    void send_as_it_is(Message& message, Where where) {
        message.descriptor->urgent ? send_urgent(message, where) : send(message, where);
    }
    // The same for an ask of `kind`, and waits: until it is answered, given up, or closes a circle.
    // Unless it was woken, the caller is done with the message.
    Outcome send_and_wait(AskBase& ask, const Descriptor& kind, Deadline deadline, Circle& circle);
    // Never suspends. On `full` the message is still the caller's.
    [[nodiscard]] Sent try_send(Message& message, Where where);
    // For the runtime's own messages, past the bound. False: it has ended; the message stays.
    [[nodiscard]] bool post(Message& message) noexcept;

    // ---- Who waits here, for an answer or for room.

    // What its tasks' waits belong to; null: they are nobody's, or there is no memory.
    WaitNode* node_for_tasks() noexcept;
    // Begins a wait of the calling actor; of nobody, if no handler calls.
    ActorWait begin_wait(WaitsFor what, const Descriptor& message, Where where) noexcept;
    // Publishes it. True: it closes a circle, and was ended; `record` was cancelled.
    bool closes(Circle& circle, const ActorWait& wait, WaitRecord& record) noexcept;
    // The same of an actor's ask whose Reply is about to be sent on to this one with a message.
    bool closes_by_forward(Circle& circle, ActorWait& wait, const Descriptor& message,
                           Where where) noexcept;

    // The same for a user's message that comes late; to one that has ended it is a dead letter.
    void send_past_bound(Message& message, Where where) noexcept;

    void signal_actor(std::uint32_t bits) noexcept;  // and has a turn look at them
    void stop() noexcept { signal_actor(stop_signal); }
    void stop_itself() noexcept;  // cheaper in its own handler
    void stop_when_drained() noexcept { signal_actor(drain_signal); }
    void kill() noexcept { signal_actor(stop_signal | killed_signal | kill_signal); }
    void end_grace() noexcept;
    bool has_ended() const noexcept;
    // True as well from the moment that it is told to.
    bool is_ending() const noexcept { return must_stop() || has_ended(); }
    // True once it has ended altogether, its hook included. A look in passing.
    bool has_left() const noexcept;
    // See AnyRef::queued.
    std::size_t queued() const noexcept;
    // Nothing is queued, and no handler runs, or (reentrant) all of them wait. A look in passing.
    bool is_idle() const noexcept;
    // See System::inspect: the workers may take so long. A suspension point, never cancelled.
    ActorReport inspect(Duration patience);
    // What its hook says, in its next turn; Described::told if it did. A suspension point.
    Described ask_state(Deadline deadline, std::string& text);
    // See System::trace. Null: nothing is traced from now on. Returns what was.
    std::shared_ptr<MessageTrace> trace(std::shared_ptr<MessageTrace> trace);

    void add_reference() noexcept { counts_.add_reference(); }  // by who has one, or a hold
    void drop_reference() noexcept {
        if (stops_unreferenced_) return drop_reference_that_counts();
        if (counts_.drop_reference()) end_memory();
    }
    // Keeps the memory, and not the actor.
    void hold() noexcept override { counts_.add_hold(); }
    void release() noexcept override;

    // Has `message`, a Down for `watcher`, sent when this actor ends; at once if it has.
    // unwatch() takes it back: true, and the message is the caller's again, or false: it was sent.
    WatchId watch(DownMessage& message) noexcept;
    [[nodiscard]] bool unwatch(DownMessage& message) noexcept;
    // How many are told when this actor ends.
    std::size_t watcher_count() const noexcept;
    // Of a watcher: somebody is done with `message`. True: who calls frees it.
    [[nodiscard]] bool leave_watch(DownMessage& message) noexcept;
    // Of a watcher, in its turn: it is not told. False: it has been, or nobody is watched so.
    bool end_watch(WatchId id) noexcept;
    void link(Cell& other);  // in its turn; throws std::bad_alloc; a second one changes nothing
    bool unlink(Cell& other) noexcept;

    // ---- The actor, in its turn.

    // The oldest message with one of the keys: of those that were kept, or the next that comes;
    // what comes before is kept. Null: there was none by the deadline. Throws Cancelled, also when
    // the actor is told to stop, and Error(limit_reached) if it keeps too many.
    Message* receive(std::span<const void* const> keys, Deadline deadline);
    // Keeps a message, which is destroyed if that throws Error(limit_reached).
    void keep(Message& message);
    // Has the messages that were kept handled next, oldest first.
    void put_back_kept() noexcept;
    std::size_t kept_count() const noexcept;

    // When it was last given a user's message, by the coarse clock; noted from the first call on.
    TimePoint last_message();
    // Has a message handled that was taken; throws what its handler does.
    void dispatch(Message& message) {
        notes_messages_ ? dispatch_noted(message) : message.descriptor->dispatch(*this, message);
    }

    // How often its actor was made anew. relaxed: others look in passing.
    std::uint32_t incarnation() const noexcept {
        return incarnation_.load(std::memory_order_relaxed);
    }

    // ---- Supervision.

    // Null: it is not supervised.
    Restarter* restarter() const noexcept;
    // By others: a failure of theirs becomes this one's.
    void fail_for(const std::string& what) noexcept;
    // It is halted, and its turn to come up has come.
    void may_start() noexcept;
    // Stops it, also where it would be restarted if `parent` is its own; null: the system.
    void end_for_good(const Cell* parent) noexcept;

    // ---- The spawner, before the actor is known to anybody.
    void be_supervised(std::unique_ptr<Maker> maker, const ChildOptions& options);

    // Where the object is constructed.
    void* place() noexcept { return reinterpret_cast<char*>(this) + type_.object_offset; }
    // Makes it a child of its parent; throws Error(stopping). On success the actor lives.
    void begin(Actor& actor);
    void abandon() noexcept;  // it never lived: its constructor threw, or begin() did

    Cell* next_sibling() const noexcept { return next_sibling_; }  // under the parent's lock
    // Appends what lives below it, with a reference each.
    void list_children(std::vector<Cell*>& out, std::size_t most = SIZE_MAX) const;
    // The same, and has its messages looked at by the rules of tests, and those of its children.
    void come_under_faults(std::vector<Cell*>& children);

private:
    friend struct CellFields;
    friend struct CellLayout;
    friend struct CellNames;
    enum class State : std::uint8_t { running, halting, halted, stopping, ended };
    enum class Verdict : std::uint8_t { end, restart, go_on };
    enum class Told : std::uint8_t { nothing, drain, stop, kill };  // in rising order

    Cell(SystemCore& system, const ActorType& type, Cell* parent, const ActorOptions& options);
    ~Cell();
    void end_memory() noexcept;
    void free_memory() noexcept;
    void drop_reference_that_counts() noexcept;
    void take_options(const ActorOptions& options);
    void take_unusual_options(const ActorOptions& options);

    void run(Worker& here) noexcept override;
    bool comes_to_its_stack(Worker& here) noexcept;
    void turn(Worker& here) noexcept;
    bool handle_first() noexcept;
    void go_on_with_turn() noexcept;
    bool continue_turn() noexcept;
    bool run_actor() noexcept;
    bool has_message() noexcept;
    void run_start_hook() noexcept;
    void run_restart_hook() noexcept;
    bool handle_messages() noexcept;
    bool handle_bounded_messages() noexcept;
    int handle_batch(int limit) noexcept;
    Message* next_message() noexcept;
    Message* next_unusual_message(std::uint32_t unusual) noexcept;
    Message* next_queued_message() noexcept;
    void look_at_crowd(std::size_t count) noexcept;
    void tell_overload(OverloadWatch& watch, std::size_t count);
    OverloadWatch* overload_watch() const noexcept;
    void ask_for_senders() noexcept;
    void send_unusually(Message& message, Where where) noexcept;
    void note_sender() noexcept;
    bool handle_reentrantly() noexcept;
    void run_handlers();
    void start_handler(TaskGroup<void>& handlers, Message& message) noexcept;
    void handle_unless_stopping(Message& message) noexcept;
    void handler_ended() noexcept;
    void await_handler_end();
    bool try_idle() noexcept;
    void handle(Message& message) noexcept;
    void handle_usually(Message& message) noexcept;
    void handle_noted(Message& message) noexcept;
    void dispatch_noted(Message& message);
    void dispatch_traced(Message& message, const MessageNote& note, MessageTrace& trace);
    void begin_notes(std::size_t notes);
    void begin_class_counts();
    ClassCounters* class_counters() const noexcept;
    void attend_to_observers() noexcept;
    void tell_urgent_bound() noexcept;
    void take_up_trace() noexcept;
    void begin_notes_after_failure() noexcept;
    std::shared_ptr<const Notebook> notebook() const;
    std::string story_of_messages() const;
    ActorReport look();
    void answer_inspections() noexcept;
    void run_inspect_hook(std::string& text) noexcept;
    template <class Call>
    void guarded(std::string_view what, const Call& call) noexcept;
    void was_cancelled() noexcept;
    void has_thrown(std::string_view what) noexcept;
    bool must_stop() const noexcept { return (signals() & stop_signal) != 0; }
    // The turn has something else to do than to handle messages.
    bool must_leave() const noexcept { return (signals() & (stop_signal | restart_signal)) != 0; }
    bool must_drain() noexcept;
    bool await_message(Deadline deadline);
    void claim_back() noexcept;
    bool claim_mailbox() noexcept;
    void control() noexcept override;
    void unpark() noexcept;
    void begin_turn_with(Message& message) noexcept;
    void wake_receiver() noexcept;
    void schedule_me() noexcept;
    Pushed push(Message& message) noexcept;
    [[nodiscard]] Sent put_urgent(Message& message, bool passes_the_limit);
    Message* take_urgent() noexcept;
    MailboxLink* close_urgent() noexcept;
    bool put_bounded(Message& message, Where where) noexcept;
    void send_bounded(Message& message, Where where);
    Outcome send_by_task_and_wait(AskBase& ask, const Descriptor& kind, Deadline deadline,
                                  Circle& circle);
    Outcome send_and_wait(AskBase& ask, const Descriptor& kind, const ActorWait& wait,
                          Deadline deadline, Circle& circle);
    ActorWait begin_wait(Cell& mine, WaitsFor what, const Descriptor& kind, Where where) noexcept;
    void send_bounded_unusually(Message& message, Where where);
    Outcome ask_bounded(AskBase& ask, const ActorWait& wait, Deadline deadline, Circle& circle);
    Outcome await_answer(AskBase& ask, const ActorWait& wait, Deadline deadline, Circle& circle);
    WaitNode* wait_node() noexcept;
    WaitNode* make_wait_node() noexcept;
    void require_may_wait(Message& message);
    void dead_letter(Message& message, Where where) noexcept;
    void wait_ends_early() noexcept override;
    void log_unhandled() noexcept;
    void drop_message(Message& message) noexcept;

    void fail(const std::string& what, const std::exception_ptr& why) noexcept;
    bool note_failure(const std::string& what) noexcept;
    void forget_failure() noexcept;

    void supervise_by(const Supervision& rules);
    Family& parents_family() const;
    Verdict judge(const std::exception_ptr& why) noexcept;
    Verdict plan_restart(Restarter& mine) noexcept;
    static void back_off(Restarter& mine, const Backoff& rules, TimePoint now) noexcept;
    void give_up_to_parent(const char* how) noexcept;
    bool restarts_at_end() noexcept;
    bool parent_goes_on(const Restarter& mine) const noexcept;
    void go_by(Verdict verdict) noexcept;
    void forgo_restarts() noexcept;
    void begin_halting() noexcept;
    bool continue_halting() noexcept;
    void end_incarnation() noexcept;
    void has_halted() noexcept;
    void take_step(const RoundStep& step, Duration delay) noexcept;
    void start_after(Duration delay) noexcept;
    Duration jittered(Duration delay) noexcept;
    bool continue_halted() noexcept;
    void come_up() noexcept;

    void begin_stopping() noexcept;
    Told what_to_tell() const noexcept;
    void tell_children() noexcept;
    bool awaits_children() noexcept;
    void close_mailbox() noexcept;
    void discard_queued() noexcept;
    void continue_stopping() noexcept;
    ExitKind exit_kind() const noexcept;
    ExitReason exit_reason() noexcept;
    void run_stop_hook() noexcept;
    void destroy_actor() noexcept;
    void end() noexcept;
    void begin_grace();
    TimePoint grace_end() const noexcept;

    Family& family();
    Extras& extras();
    Extras* existing_extras() const noexcept;
    Family* existing_family() const noexcept;
    void join_parent();
    void leave_parent() noexcept;
    void tell_watchers(ExitKind kind) noexcept;
    void forget_watches() noexcept;
    template <class Matches>
    DownMessage* claim(const Matches& matches) noexcept;
    void take_back(DownMessage& message) noexcept;
    void be_told_of(DownMessage& message) noexcept;
    void end_link(DownMessage& of_other) noexcept;
    void forget_links() noexcept;
    void end_shared_extras() noexcept;
    void fill(DownMessage& message, const ExitReason& reason) const;
    static void deliver(DownMessage& message) noexcept;

    // In the order of cell_layout.cpp. For each message, of the turn alone:
    Message* taken_ = nullptr;  // out of the mailbox, not yet handled or discarded
    Actor* actor_ = nullptr;
    State state_ : 3 = State::running;  // here on two bytes, which others do not touch
    bool start_pending_ : 1 = false;    // on_start has not run
    bool notes_messages_ : 1 = false;   // see cell_notes.cpp
    bool has_object_ : 1 = true;        // not while it is made anew
    bool grace_has_begun_ : 1 = false;
    bool refuses_children_ : 1 = false;  // stopping, as its family may not say yet
    Told told_ : 2 = Told::nothing;      // what the children know
    bool is_receiving_ = false;  // by who un-idled the mailbox, or the turn: see cell_receive.cpp
    const StackClass stack_class_ : 3;  // never changed, in a byte of their own
    const bool stops_unreferenced_ : 1;
    const bool reentrant_ : 1;
    const bool is_plain_ : 1;  // neither reentrant nor bounded
    const bool starts_lazily_ : 1;
    Atomic<std::uint32_t> incarnation_{0};  // turn
    // Hardly ever written.
    const ActorType& type_;
    SystemCore& system_;
    Cell* const parent_;  // null: the system's own. Lives longer than this actor
    const std::uint64_t id_;
    Atomic<WaitNode*> wait_node_{nullptr};  // made on first use
    BoundedMailbox* const bounded_;         // instead of mailbox_, or null
    // By whoever sends or holds it:
    MailboxWord mailbox_;
    CellCounts counts_;
    // Cold.
    Message poke_;                      // makes a turn for a signal
    Cell* next_sibling_ = nullptr;      // under the parent's family lock
    Cell* previous_sibling_ = nullptr;  // likewise
    Atomic<Family*> family_{nullptr};   // made on first use
};

// "Account 12".
std::string numbered(const Cell& cell);

}  // namespace greenroom::detail
