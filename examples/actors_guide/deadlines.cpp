// How the time of an ask goes along a chain.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/timeout.hpp>
#include <string>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Price {
    std::string item;
};
struct Offer {
    std::string item;
};

class Supplier : public Actor {
public:
    explicit Supplier(Event& go_on) : go_on_{go_on} {}
    int on(const Price&) {
        go_on_.wait();
        return 3;
    }

private:
    Event& go_on_;
};

// [chain]
class Shop : public Actor {
public:
    explicit Shop(Ref<Supplier> supplier) : supplier_{std::move(supplier)} {}

    int on(const Offer& offer) {
        return 2 * supplier_.ask(Price{offer.item}, 1min);  // or less, if who asks has less
    }

private:
    Ref<Supplier> supplier_;
};
// [end]

void hand_the_time_down() {
    Event go_on;
    System system;
    const Ref<Shop> shop = system.spawn<Shop>(system.spawn<Supplier>(go_on));
    // [impatient]
    try {
        shop.ask(Offer{"tea"}, 20ms);
    } catch (const Timeout&) {  // the shop has given up as well, and has not failed
    }
    // [end]
    go_on.set();
    expect(shop.ask(Offer{"tea"}) == 6, "the shop lives");
    expect(system.stats().failures == 0, "nobody has failed");
}

}  // namespace

std::vector<Snippet> deadline_snippets() { return {{"hand_the_time_down", hand_the_time_down}}; }
