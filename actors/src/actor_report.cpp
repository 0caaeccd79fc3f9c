#include <greenroom/actors/actor_report.hpp>

#include <ostream>

namespace greenroom {

namespace {

void add(std::string& text, std::uint64_t count, const char* what) {
    if (count > 0) text += ", " + std::to_string(count) + " " + what;
}

const char* why_not_told(Described described) noexcept {
    return described == Described::ended ? "not told, it has ended" : "not told in time";
}

}  // namespace

const char* to_string(ActorState state) noexcept {
    switch (state) {
        case ActorState::idle: return "idle";
        case ActorState::scheduled: return "scheduled";
        case ActorState::running: return "running";
        case ActorState::waiting: return "waiting";
        case ActorState::restarting: return "restarting";
        case ActorState::stopping: return "stopping";
        case ActorState::ended: return "ended";
    }
    return "";
}

std::string to_string(const ActorReport& report) {
    std::string text = report.name + " " + std::to_string(report.id.number) + ": ";
    text += to_string(report.state);
    if (report.worker >= 0) text += " on worker " + std::to_string(report.worker);
    if (!report.waits_for.empty()) text += ", waits for " + report.waits_for;
    if (!report.waits_on.empty()) text += " (" + report.waits_on + ")";
    if (!report.message.empty()) text += ", in " + report.message;
    add(text, report.queued, "queued");
    add(text, report.times_full, "times full");
    add(text, report.kept, "kept");
    add(text, report.children, "children");
    add(text, report.watchers, "watchers");
    add(text, report.incarnation, "times made anew");
    add(text, report.restarts, "restarts of its children");
    if (report.described != Described::not_asked) {
        const bool is_told = report.described == Described::told;
        text +=
            std::string{"\n  "} + (is_told ? report.description : why_not_told(report.described));
    }
    for (const std::string& note : report.last_messages) text += "\n  - " + note;
    return text;
}

std::ostream& operator<<(std::ostream& out, const ActorReport& report) {
    return out << to_string(report);
}

}  // namespace greenroom
