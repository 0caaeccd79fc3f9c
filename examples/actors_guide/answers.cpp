// Answers that come later: Reply, forward, request and then.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

// [reply]
struct Order {
    std::string dish;
};
struct Ready {
    std::string dish;
};
struct SoldOut {};

class Kitchen : public Actor {
public:
    void on(const Order& order, Reply<std::string> reply) {  // an ask of it waits on
        orders_.emplace_back(order.dish, std::move(reply));
    }
    void on(const Ready& ready) {
        for (auto& [dish, reply] : orders_) {
            if (dish == ready.dish && reply.is_awaited()) reply.set("hot " + dish);
        }
    }
    void on(SoldOut) {
        for (auto& [dish, reply] : orders_) {
            if (reply.is_awaited()) reply.fail(std::runtime_error{"no " + dish + " today"});
        }
    }

private:
    std::vector<std::pair<std::string, Reply<std::string>>> orders_;
};
// [end]

void answer_later() {
    System system;
    const Ref<Kitchen> kitchen = system.spawn<Kitchen>();
    // [request]
    Future<std::string> soup = kitchen.request(Order{"soup"});  // goes on
    Future<std::string> cake = kitchen.request(Order{"cake"});
    kitchen.tell(Ready{"soup"});
    const std::string served = soup.get();  // waits, and throws as an ask does
    kitchen.tell(SoldOut{});
    const Result<std::string> refused = cake.result();
    // [end]
    expect(served == "hot soup", "the reply was given by another handler");
    expect(refused.story() == "no cake today", "or a failure was");
}

// [forward]
class Waiter : public Actor {
public:
    explicit Waiter(Ref<Kitchen> kitchen) : kitchen_{std::move(kitchen)} {}

    void on(const Order& order, Reply<std::string> reply) {
        kitchen_.forward(order, std::move(reply));  // the kitchen answers the guest
    }

private:
    Ref<Kitchen> kitchen_;
};
// [end]

void let_another_answer() {
    System system;
    const Ref<Kitchen> kitchen = system.spawn<Kitchen>();
    const Ref<Waiter> waiter = system.spawn<Waiter>(kitchen);
    Future<std::string> dish = waiter.request(Order{"soup"});
    const auto is_served = [&] {
        kitchen.tell(Ready{"soup"});
        return dish.ready();
    };
    wait_until(is_served, "the kitchen answers");
    expect(dish.get() == "hot soup", "the answer came past the waiter");
}

struct Hungry {};
struct Eaten {};

// [then]
class Guest : public Actor {
public:
    explicit Guest(Ref<Kitchen> kitchen) : kitchen_{std::move(kitchen)} {}

    void on(Hungry) {
        kitchen_.request(Order{"soup"}).then([this](const Result<std::string>& dish) {
            eaten_ = dish.ok() ? dish.value() : "nothing: " + dish.story();
        });
    }
    std::string on(Eaten) { return eaten_; }  // handled while the soup is cooked

private:
    Ref<Kitchen> kitchen_;
    std::string eaten_ = "nothing yet";
};
// [end]

void go_on_until_the_answer() {
    System system;
    const Ref<Kitchen> kitchen = system.spawn<Kitchen>();
    const Ref<Guest> guest = system.spawn<Guest>(kitchen);
    guest.tell(Hungry{});
    expect(guest.ask(Eaten{}) == "nothing yet", "the guest handles other messages");
    const auto has_eaten = [&] {
        kitchen.tell(Ready{"soup"});
        return guest.ask(Eaten{}) == "hot soup";
    };
    wait_until(has_eaten, "then runs in the actor");
}

}  // namespace

std::vector<Snippet> answer_snippets() {
    return {
        {"answer_later", answer_later},
        {"let_another_answer", let_another_answer},
        {"go_on_until_the_answer", go_on_until_the_answer},
    };
}
