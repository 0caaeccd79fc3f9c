#include <greenroom/core/error.hpp>

namespace greenroom {

namespace {

class Category final : public std::error_category {
public:
    const char* name() const noexcept override { return "greenroom"; }

    std::string message(int kind) const override {
        switch (static_cast<Errc>(kind)) {
            case Errc::timed_out: return "timed out";
            case Errc::closed: return "closed";
            case Errc::broken: return "dropped unanswered";
            case Errc::wrong_thread: return "wrong thread";
            case Errc::stopping: return "stopping";
            case Errc::stacks_exhausted: return "no stack left";
            case Errc::limit_reached: return "limit reached";
            case Errc::actor_stopped: return "actor stopped";
            case Errc::handler_failed: return "handler failed";
            case Errc::mailbox_full: return "mailbox full";
            case Errc::ask_cycle: return "asks in a circle";
            case Errc::name_taken: return "name taken";
            case Errc::not_found: return "not found";
            case Errc::cancelled: return "cancelled";
            case Errc::group_failed: return "tasks of a group failed";
            case Errc::failed: return "failed";
        }
        return "unknown error " + std::to_string(kind);
    }
};

}  // namespace

const std::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

std::error_code make_error_code(Errc kind) noexcept {
    return {static_cast<int>(kind), error_category()};
}

Error::Error(Errc kind, const std::string& story) : std::system_error{kind, story} {}

}  // namespace greenroom
