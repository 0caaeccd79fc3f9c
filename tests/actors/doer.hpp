// Doer: an actor for tests that does in its handler whatever it is asked to; and how that ended.
#pragma once

#include <functional>
#include <greenroom/actors/system.hpp>
#include <string>
#include <utility>
#include <vector>

#include "support/on_systems.hpp"

namespace greenroom::doer {

using namespace std::chrono_literals;
using support::SystemStage;

// Does what it is asked to, in its handler.
struct Do {
    std::function<std::string()> what;
};
class Doer : public Actor {
public:
    std::string on(const Do& now) { return now.what(); }
};
using Doers = std::vector<Ref<Doer>>;

inline Doers doers(SystemStage& stage, std::size_t count, ActorOptions options = {}) {
    Doers made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(stage.system.spawn_with<Doer>(options));
    return made;
}

// The answer, or what went wrong.
inline std::string ask(const Ref<Doer>& doer, std::function<std::string()> what,
                       Duration timeout = 1h) {
    try {
        return doer.ask(Do{std::move(what)}, timeout);
    } catch (const AskCycle& error) {
        return error.what();
    } catch (const Timeout&) {
        return "timeout";
    }
}
inline std::string end() { return "end"; }
inline std::string asked(const Ref<Doer>& doer) { return ask(doer, end); }
inline std::string asked_briefly(const Ref<Doer>& doer) { return ask(doer, end, 1s); }

inline constexpr const char* found = "closes a circle";

inline std::string asks(const Ref<Doer>& from, const Ref<Doer>& to) {
    return to_string(from) + " asks " + to_string(to) + " with ";
}

inline int failed(const std::vector<std::string>& stories) {
    int count = 0;
    for (const std::string& story : stories) count += story.find(found) == story.npos ? 0 : 1;
    return count;
}

}  // namespace greenroom::doer
