// Looking into one actor, and tracing it.
#include <chrono>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "message_trace.hpp"
#include "system_core.hpp"

namespace greenroom {

namespace {

// How long a worker may take to tell what is suspended on it.
constexpr Duration patience = std::chrono::milliseconds{100};

detail::Cell& cell_of(const AnyRef& actor, const detail::SystemCore& system, const char* call) {
    detail::Cell* const cell = actor.cell();
    if (cell == nullptr) {
        throw std::invalid_argument{std::string{call} + ": the reference is nobody's"};
    }
    if (&cell->system() != &system) {
        throw std::invalid_argument{std::string{call} + ": " + to_string(actor) +
                                    " is of another system; ask that one"};
    }
    return *cell;
}

}  // namespace

ActorReport System::inspect(const AnyRef& actor) const {
    return cell_of(actor, *core_, "inspect").inspect(patience);
}

ActorReport System::inspect_state(const AnyRef& actor, Deadline deadline) const {
    detail::Cell& cell = cell_of(actor, *core_, "inspect_state");
    (void)detail::now_to_wait(cell.core(), "inspect_state");
    std::string description;
    const Described described = cell.ask_state(deadline, description);
    ActorReport report = cell.inspect(patience);
    report.described = described;
    report.description = std::move(description);
    return report;
}

void System::trace(const AnyRef& actor, const TraceOptions& options, TraceFunction function) {
    detail::Cell& cell = cell_of(actor, *core_, "trace");
    (void)cell.trace(std::make_shared<detail::MessageTrace>(options, std::move(function)));
}

TraceCounts System::untrace(const AnyRef& actor) {
    const auto was = cell_of(actor, *core_, "untrace").trace(nullptr);
    return was == nullptr ? TraceCounts{} : was->counts();
}

}  // namespace greenroom
