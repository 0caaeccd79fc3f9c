// OnSystems: like OnRuntimes (on_runtimes.hpp), for tests that need a whole System.
//
//   class AskTest : public support::OnSystems {};
//   GREENROOM_ON_ALL_RUNTIMES(AskTest);
//   TEST_P(AskTest, AClaim) {
//       play([](support::SystemStage& stage) { auto actor = stage.system.spawn<Host>(); ... });
//   }
#pragma once

#include <greenroom/actors/system.hpp>
#include <utility>

#include "support/on_runtimes.hpp"

namespace greenroom::support {

// A Stage with the System whose runtime it is.
class SystemStage : public Stage {
public:
    SystemStage(System& its_system, Threads& its_threads, bool is_simulated) noexcept
        : Stage{its_system.runtime(), its_threads, is_simulated}, system{its_system} {}

    System& system;
};

inline SystemOptions with_grace(Duration grace) {
    SystemOptions options;
    options.grace = grace;
    return options;
}

class OnSystems : public OnRuntimes {
protected:
    // The body runs on a plain thread, with a fresh system each time.
    void play(const std::function<void(SystemStage&)>& body, SystemOptions options = {},
              int seeds = 20) {
        const auto with_system = [&](const RuntimeOptions& chosen, Threads& threads) {
            SystemOptions all = options;
            all.runtime = chosen;
            System system{std::move(all)};
            SystemStage stage{system, threads, simulated()};
            body(stage);
        };
        play_options(with_system, options.runtime, seeds);
    }

    // Of a race: on threads, where the kernel may be busy otherwise, again until it has raced.
    void play_until(const std::function<bool()>& has_raced,
                    const std::function<void(SystemStage&)>& body,
                    const SystemOptions& options = {}, int seeds = 20) {
        constexpr int times_max = 20;
        play(body, options, seeds);
        for (int i = 1; i < times_max && !simulated() && !has_raced(); ++i)
            play(body, options, seeds);
    }
};

}  // namespace greenroom::support
