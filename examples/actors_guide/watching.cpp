// Who hears of an actor's end: watches, and links.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Fail {};

class Worker : public Actor {
public:
    void on(Fail) { throw std::runtime_error{"out of paper"}; }
};

struct News {};

// [watch]
class Manager : public Actor {
public:
    explicit Manager(Ref<Worker> worker) : worker_{std::move(worker)} {}

    void on(const Down& down) {
        news_ = down.name + " " + to_string(down.reason);  // "Worker failed: out of paper, in ..."
    }
    std::string on(News) { return news_; }

protected:
    void on_start() override { watch(this, worker_); }  // at once if it has ended already

private:
    Ref<Worker> worker_;
    std::string news_;
};
// [end]

void hear_of_an_end() {
    System system;
    const Ref<Worker> worker = system.spawn<Worker>();
    const Ref<Manager> manager = system.spawn<Manager>(worker);
    expect(manager.ask(News{}).empty(), "it lives");
    worker.tell(Fail{});
    wait_until([&] { return !manager.ask(News{}).empty(); }, "the manager is told");
    const std::string news = manager.ask(News{});
    expect(contains(news, "Worker") && contains(news, "failed: ") &&
               contains(news, "out of paper") && contains(news, "Fail"),
           "by name and reason");
}

// [link]
struct Join {
    AnyRef partner;
};

class Partner : public Worker {
public:
    using Worker::on;
    void on(const Join& join) { link(join.partner); }
};
// [end]

void fail_together() {
    System system;
    const Ref<Partner> one = system.spawn<Partner>();
    const Ref<Partner> other = system.spawn<Partner>();
    one.ask(Join{other});
    other.tell(Fail{});
    wait_until([&] { return one.has_ended(); }, "the linked one fails as well");
    wait_until([&] { return system.stats().failures == 2; }, "both have failed");
}

// [link_down]
class Survivor : public Partner {
public:
    using Partner::on;
    void on(const LinkDown& down) { news_ = to_string(down.reason); }  // in place of failing
    std::string on(News) { return news_; }

private:
    std::string news_;
};
// [end]

void be_told_instead() {
    System system;
    const Ref<Survivor> survivor = system.spawn<Survivor>();
    const Ref<Partner> partner = system.spawn<Partner>();
    survivor.ask(Join{partner});
    partner.kill();
    wait_until([&] { return survivor.ask(News{}) == "killed"; }, "it is told, and lives on");
}

}  // namespace

std::vector<Snippet> watching_snippets() {
    return {
        {"hear_of_an_end", hear_of_an_end},
        {"fail_together", fail_together},
        {"be_told_instead", be_told_instead},
    };
}
