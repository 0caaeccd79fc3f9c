// System's names: what its calls for them throw.
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/error.hpp>
#include <string>

#include "system_core.hpp"

namespace greenroom {

namespace {

std::string quoted(std::string_view name) { return '"' + std::string{name} + '"'; }

// Throws Error(not_found) if it may not be referred to as that.
void require_type(std::string_view name, detail::Named& found, const detail::RefType& wanted) {
    if (refer_as(found, wanted)) return;
    std::string story = "find: " + quoted(name) + " is of class " + found.actor.name() +
                        ", registered as " + std::string{found.type->name} + ", not as " +
                        std::string{wanted.name};
    if (wanted.is_protocol && !found.type->is_protocol) {
        story += ": only who was registered as a protocol is found as one";
    }
    throw Error{Errc::not_found, story};
}

// Keeps the registry from going with its system while somebody leaves it.
class Stay {
public:
    explicit Stay(detail::SystemCore& core) noexcept : core_{core} { core_.add_reference(); }
    ~Stay() { core_.drop_reference(); }
    Stay(const Stay&) = delete;
    Stay& operator=(const Stay&) = delete;

private:
    detail::SystemCore& core_;
};

}  // namespace

void System::register_named(std::string_view name, const detail::Named& actor) {
    GREENROOM_ASSERT(actor);  // nobody has no name
    detail::Cell& cell = *actor.actor.cell();
    GREENROOM_ASSERT(&cell.system() == core_);  // a name is found in the actor's own system
    detail::CellNames::add(cell, name, actor);
}

bool System::unregister_name(std::string_view name) {
    const detail::Named found = core_->names.find(name);
    return found && detail::CellNames::drop(*found.actor.cell(), name);
}

std::vector<std::string> System::names() const { return core_->names.names(); }

detail::Named System::find_named(std::string_view name, const detail::RefType& type) const {
    detail::Named found = core_->names.find(name);
    if (!found) throw Error{Errc::not_found, "find: no actor is named " + quoted(name)};
    if (found.actor.has_ended()) {
        throw Error{Errc::not_found,
                    "find: " + quoted(name) + " is " + found.actor.name() + "'s, which has ended"};
    }
    require_type(name, found, type);
    return found;
}

detail::Named System::try_find_named(std::string_view name, const detail::RefType& type) const {
    detail::Named found = core_->names.find(name);
    if (!found || found.actor.has_ended() || !refer_as(found, type)) return {};
    return found;
}

detail::Named System::find_named_before(std::string_view name, const detail::RefType& type,
                                        Deadline deadline, Where where) const {
    detail::suspension_point();
    detail::Named found = core_->names.find(name);
    if (!found || found.actor.has_ended()) {
        (void)detail::now_to_wait(core_->runtime_core(), "find");
        const Stay stay{*core_};
        found = core_->names.wait_before(name, deadline, where);
    }
    if (found) require_type(name, found, type);
    return found;
}

void System::throw_not_in_time(std::string_view name, Duration timeout, Where where) {
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
    throw Timeout{"find: no actor was named " + quoted(name) + " within " +
                  std::to_string(waited.count()) + " ms, at " + where.file + ":" +
                  std::to_string(where.line)};
}

}  // namespace greenroom
