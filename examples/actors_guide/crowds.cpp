// Topics, routers and pools.
#include <greenroom/actors/pool.hpp>
#include <greenroom/actors/router.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/topic.hpp>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Last {};

// [topic]
struct Price {
    int cents;
};

class Trader : public Actor {
public:
    explicit Trader(Ref<Topic<Price>> prices) : prices_{std::move(prices)} {}
    void on(const Price& price) { last_ = price.cents; }  // one payload for all
    int on(Last) { return last_; }

protected:
    void on_start() override { prices_.ask(Subscribe<Price>{self(this)}); }

private:
    Ref<Topic<Price>> prices_;
    int last_ = 0;
};
// [end]

void publish() {
    System system;
    // [publish]
    const Ref<Topic<Price>> prices = system.spawn<Topic<Price>>();
    const Ref<Trader> one = system.spawn<Trader>(prices);
    const Ref<Trader> other = system.spawn<Trader>(prices);
    // [end]
    expect(one.ask(Last{}) == 0 && other.ask(Last{}) == 0, "both have started");
    // [publish_price]
    prices.tell(Price{1250});
    const TopicStats stats = prices.ask(GetStats{});
    // [end]
    expect(stats.subscribers == 2 && stats.delivered == 2, "all subscribers got it");
    expect(one.ask(Last{}) == 1250 && other.ask(Last{}) == 1250, "and have handled it");
}

// [work]
struct Query {
    std::string user;
};
using Work = Protocol<int(Query)>;

class Worker : public Actor {
public:
    explicit Worker(int number) : number_{number} {}
    int on(const Query&) { return number_; }

private:
    const int number_;
};
// [end]

void route_in_turn() {
    System system;
    // [router]
    const std::vector<Ref<Work>> workers{system.spawn<Worker>(1), system.spawn<Worker>(2)};
    const Ref<Work> router = system.spawn<Router<Work>>(Routing::round_robin, workers);
    const int first = router.ask(Query{"ada"});  // the worker answers, not the router
    const int second = router.ask(Query{"ada"});
    // [end]
    expect(first == 1 && second == 2, "each its turn");
}

void route_by_key() {
    System system;
    const std::vector<Ref<Work>> workers{system.spawn<Worker>(1), system.spawn<Worker>(2)};
    // [by_key]
    const auto user_of = [](const auto& message) { return message.user; };
    const Ref<Router<Work>> router = system.spawn<Router<Work>>(ByKey{user_of}, workers);
    const int before = router.ask(Query{"ada"});
    router.ask(AddRoutee<Work>{system.spawn<Worker>(3)});  // about a third of the keys move
    // [end]
    const int after = router.ask(Query{"ada"});
    expect(after == before || after == 3, "a key stays, or moves to who came");
    expect(router.ask(Query{"ada"}) == after, "a key has one worker");
    expect(router.ask(GetStats{}).routees == 3, "the new one is in");
}

void have_a_pool() {
    System system;
    // [pool]
    const Ref<Pool<Work>> pool = system.spawn<Pool<Work>>(
        [] { return Worker{7}; }, PoolOptions{.children_min = 2, .children_max = 16});
    const int answer = pool.ask(Query{"ada"});
    const PoolStats stats = pool.ask(GetStats{});
    // [end]
    expect(answer == 7 && stats.children == 2, "it has the children that it needs");
}

}  // namespace

std::vector<Snippet> crowd_snippets() {
    return {
        {"publish", publish},
        {"route_in_turn", route_in_turn},
        {"route_by_key", route_by_key},
        {"have_a_pool", have_a_pool},
    };
}
