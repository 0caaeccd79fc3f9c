#include <greenroom/actors/exit.hpp>

namespace greenroom {

std::string to_string(const ExitReason& reason) {
    switch (reason.kind) {
        case ExitKind::stopped: return "stopped";
        case ExitKind::killed: return "killed";
        case ExitKind::failed: return "failed: " + reason.what;
        case ExitKind::restarted: return "restarted";
        case ExitKind::system_stopped: return "stopped with its system";
    }
    return "unknown";
}

}  // namespace greenroom
