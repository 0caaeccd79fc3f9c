#include <greenroom/actors/process.hpp>

#include <algorithm>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/error.hpp>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace greenroom {

bool Process::receive_one(std::span<const void* const> keys,
                          std::span<const detail::MessageCase> cases, Deadline deadline) {
    do {
        detail::Message* const message = cell().receive(keys, deadline);
        if (message == nullptr) return false;
        cases_ = cases;
        cell().dispatch(*message);
    } while (!std::exchange(cases_, {}).empty());  // an ask whose asker had gone was dropped
    return true;
}

void Process::handle(const void* key, void* message, const detail::ReplyPort& port) {
    const auto cases = std::exchange(cases_, {});  // what is called may receive as well
    const auto chosen = std::ranges::find(cases, key, &detail::MessageCase::key);
    GREENROOM_ASSERT(chosen != cases.end());
    chosen->call(chosen->function, message, port);
}

WatchId Process::watch(const AnyRef& watched) { return Actor::watch(this, watched); }

void Process::watch_name(std::string_view name) { Actor::watch_name(this, name); }

namespace detail {

void throw_wrong_answer(std::string_view message, std::string_view given, std::string_view asked) {
    throw Error{std::make_error_code(std::errc::operation_not_supported),
                "receive: the function of " + std::string{message} + " answers with " +
                    std::string{given} + ", and the process was spawned to answer with " +
                    std::string{asked}};
}

}  // namespace detail

}  // namespace greenroom
