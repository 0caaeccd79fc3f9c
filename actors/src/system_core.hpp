// SystemCore: what the actors of one system share: the runtime, the tree's root, names, counters.
//
// Lifetime  Counted: one reference is the System's, one each cell's, so that a Ref may outlive the
//           System; the runtime itself ends with the System.
#pragma once

#include <functional>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/event.hpp>
#include <memory>
#include <string>
#include <vector>

#include "class_book.hpp"
#include "failure_log.hpp"
#include "family.hpp"
#include "fault_book.hpp"
#include "name_registry.hpp"
#include "reaper.hpp"
#include "stop_hooks.hpp"
#include "system_tally.hpp"

namespace greenroom::detail {

class SystemCore {
public:
    SystemCore(System& facade, SystemOptions given);
    ~SystemCore();

    void add_reference() noexcept { tally_.hold(); }
    void drop_reference() noexcept {
        if (tally_.release()) delete this;
    }

    System& facade() const noexcept { return facade_; }  // while an actor lives
    Runtime& runtime() noexcept { return *runtime_; }
    RuntimeCore& runtime_core() noexcept { return runtime_core_; }
    Duration grace() const noexcept { return grace_; }
    std::size_t notes() const noexcept { return notes_; }
    std::size_t notes_after_failure() const noexcept { return notes_after_failure_; }
    std::uint64_t next_id() noexcept { return tally_.next_id(); }

    void actor_began() noexcept { tally_.actor_began(); }
    void actor_ended() noexcept { tally_.actor_ended(); }
    // One that ended has left its parent: perhaps the last, for which somebody waits.
    void actor_left() noexcept;
    bool is_stopping() const noexcept { return stopping_.value() != 0; }
    std::uint64_t alive() const noexcept { return tally_.alive(); }

    StopReport stop(StopPolicy policy, Deadline deadline);
    void end_runtime() noexcept;

    Family root;  // of the actors that have no parent
    NameRegistry names;
    Reaper reaper;
    Counter dead_letters;
    Counter dropped;
    Counter refused;
    Counter room_waits;
    Counter late_answers;
    Counter expired_asks;
    Counter given_up_asks;
    Counter overloads;
    Counter failures;
    Counter stream_waits;
    Counter abandoned_streams;
    Counter long_walks;
    FailureLog failure_log;
    LogLimit dead_letter_log;
    LogLimit stack_log;
    LogLimit overload_log;
    LogLimit bound_log;
    StopHooks stop_hooks;
    FaultBook faults;
    const std::unique_ptr<ClassBook> classes;  // null: nothing is counted by class

    const std::function<void(const Overload&)>& on_overload() const noexcept {
        return on_overload_;
    }

private:
    void end_actors(StopPolicy policy, Deadline deadline, StopReport& report);
    bool stop_all(void (*how)(Cell&), Deadline deadline);
    bool wait_for_end(Deadline deadline);
    std::vector<Cell*> held_living() const;
    std::vector<std::string> living() const;
    std::vector<std::string> survivors() const;

    System& facade_;
    std::unique_ptr<Runtime> runtime_;
    RuntimeCore& runtime_core_;
    SystemTally tally_;
    const std::function<void(const Overload&)> on_overload_;
    const Duration grace_;
    const std::size_t notes_;
    const std::size_t notes_after_failure_;
    const bool caller_driven_;  // then who stops the system drives it meanwhile
    Counter stopping_;          // 0: not yet
    Event all_ended_;
};

}  // namespace greenroom::detail
