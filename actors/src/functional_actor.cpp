#include <greenroom/actors/functional_actor.hpp>

#include <algorithm>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <string>
#include <system_error>

namespace greenroom {

namespace {

[[noreturn]] void throw_not_supported(std::string_view what, const std::string& story) {
    throw Error{std::make_error_code(std::errc::operation_not_supported),
                std::string{what} + ": " + story};
}

}  // namespace

const detail::FunctionEntry* FunctionalActor::find(const void* key) const noexcept {
    const auto all = functions();
    const auto found = std::ranges::find(all, key, &detail::FunctionEntry::key);
    return found == all.end() ? nullptr : &*found;
}

const detail::FunctionEntry& FunctionalActor::function_for(std::string_view what, const void* key,
                                                           std::string_view message) const {
    const detail::FunctionEntry* const found = find(key);
    if (found == nullptr) {
        throw_not_supported(what, std::string{cell().name()} + " " + std::to_string(id().number) +
                                      " has no function that takes a " + std::string{message});
    }
    return *found;
}

void FunctionalActor::require_answer(const detail::FunctionEntry& function, const void* answer_key,
                                     std::string_view message, std::string_view answer) const {
    if (function.answer_key == answer_key) return;
    throw_not_supported("stash", std::string{cell().name()} + " " + std::to_string(id().number) +
                                     " answers " + std::string{message} + " with " +
                                     std::string{function.answer} + ", and the reply is one of " +
                                     std::string{answer});
}

WatchId FunctionalActor::watch(const AnyRef& watched) {
    (void)function_for<Down>("watch");
    return Actor::watch(this, watched);
}

void FunctionalActor::watch_name(std::string_view name) {
    (void)function_for<NameRegistered>("watch_name");
    (void)function_for<NameFreed>("watch_name");
    Actor::watch_name(this, name);
}

void FunctionalActor::keep(detail::Message& message) { cell().keep(message); }

void FunctionalActor::take(const void* key, void* message) {
    const detail::FunctionEntry* const found = find(key);
    GREENROOM_ASSERT(found != nullptr);  // it was looked for when the message was made
    found->tell(*this, message);
}

}  // namespace greenroom
