// Team: actors that know which of them they are, behind a router or a pool; for tests.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/core/event.hpp>
#include <memory>
#include <stdexcept>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom::cast {

struct Who {
    int key = 0;
};
struct Parcel {
    std::unique_ptr<int> value;
};

using Team = Protocol<void(Number), int(Who), void(Hold), int(Fail), void(Parcel)>;

class Player : public Listener {
public:
    explicit Player(int me = 0) : me_{me} {}
    using Listener::on;
    int on(const Who&) { return me_; }
    void on(Parcel parcel) { on(Number{*parcel.value}); }

private:
    const int me_;
};

// Its end waits until it may go on.
class Lingering : public Player {
public:
    explicit Lingering(Event& go_on) : go_on_{go_on} {}
    void on_stop(const ExitReason&) override { go_on_.wait(); }

private:
    Event& go_on_;
};

inline std::vector<Ref<Player>> players(support::SystemStage& stage, int count,
                                        const ActorOptions& options = {}) {
    std::vector<Ref<Player>> all;
    for (int i = 0; i < count; ++i) all.push_back(stage.system.spawn_with<Player>(options, i));
    return all;
}

inline std::vector<Ref<Team>> team(const std::vector<Ref<Player>>& all) {
    return {all.begin(), all.end()};
}

}  // namespace greenroom::cast
