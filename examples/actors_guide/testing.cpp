// How actors are tested: probes, faults and trees. (In a program of one's own this stands in tests
// of whatever framework.)
#include <greenroom/actors/faults.hpp>
#include <greenroom/actors/probe.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/tree_shape.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Order {
    int number;
};
struct Shipped {};

// [warehouse]
struct Placed {
    int number;
};
struct MayShip {};
using Warehouse = Protocol<void(Placed), bool(MayShip)>;

class Shop : public Actor {
public:
    explicit Shop(Ref<Warehouse> warehouse) : warehouse_{std::move(warehouse)} {}
    void on(Order order) {
        warehouse_.tell(Placed{order.number});
        if (warehouse_.ask(MayShip{})) ++shipped_;
    }
    int on(Shipped) { return shipped_; }

private:
    Ref<Warehouse> warehouse_;
    int shipped_ = 0;
};
// [end]

void play_the_warehouse() {
    System system;
    // [probe]
    Probe<Warehouse> warehouse{system};  // an actor that the test plays itself
    const Ref<Shop> shop = system.spawn<Shop>(warehouse.ref());
    shop.tell(Order{3});
    const int number = warehouse.expect<Placed>().number;      // the next message is a Placed
    auto [question, reply] = warehouse.expect_ask<MayShip>();  // then it asks
    reply.set(true);
    warehouse.expect_none(10ms);  // that was all
    // [end]
    expect(number == 3 && shop.ask(Shipped{}) == 1, "the shop has done as it was told");
    expect(throws<ProbeFailed>([&] { (void)warehouse.expect<Placed>(1ms); }), "nothing came");
}

struct Save {
    std::string text;
};
struct Load {};

class Store : public Actor {
public:
    void on(const Save& save) { text_ += save.text; }
    std::string on(Load) { return text_; }

private:
    std::string text_;
};

void have_messages_fail() {
    System system;
    const Ref<Store> store = system.supervise([] { return Store{}; });
    std::string left;
    {
        // [faults]
        Faults faults{store};  // or {system}, for all its actors
        const Fault full = faults.fail<Save>(std::runtime_error{"the disk is full"}, {.nth = 2});
        const Fault lost = faults.drop<Load>();  // the next one
        for (const char* text : {"a", "b", "c"}) store.tell(Save{text});
        const bool is_lost = throws<Timeout>([&] { store.ask(Load{}, 20ms); });
        full.wait_struck();        // else it throws, and says how many messages came
        left = store.ask(Load{});  // "c": at "b" the store failed, and was made anew
        // [end]
        expect(is_lost && lost.struck() == 1, "a rule counts how often it struck");
    }
    expect(left == "c", "the store was restarted at the second");
    store.tell(Save{"d"});
    expect(store.ask(Load{}) == "cd", "the rules end with their scope");
}

class Desk : public Actor {};
class Branch : public Actor {
protected:
    void on_start() override {
        for (int i = 0; i < 2; ++i) desks_.push_back(supervise([] { return Desk{}; }));
    }

private:
    std::vector<Ref<Desk>> desks_;
};

void expect_a_tree() {
    System system;
    system.spawn<Branch>();
    system.spawn<Desk>();
    // [tree_shape]
    expect_tree(system, "Branch(Desk, Desk), Desk");  // waits until it is so
    const std::string story = shape_difference(system.tree(), "Branch(Desk, Till), Desk");
    const std::vector<ActorNode> desks = actors_at(system.tree(), "Branch/Desk");
    // [end]
    expect(story == "  Branch\n    Desk\n-   Till\n+   Desk\n  Desk\n", "line by line");
    expect(desks.size() == 2, "two are at that path");
}

}  // namespace

std::vector<Snippet> testing_snippets() {
    return {
        {"play_the_warehouse", play_the_warehouse},
        {"have_messages_fail", have_messages_fail},
        {"expect_a_tree", expect_a_tree},
    };
}
