// References: protocols, adapters, comparison, weak ones; names: register, find, watch.
#include <greenroom/actors/adapter.hpp>
#include <greenroom/actors/names.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/actors/weak_ref.hpp>
#include <greenroom/core/event.hpp>
#include <map>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

// [protocol]
struct Load {
    std::string key;
};
struct Save {
    std::string key;
    std::string text;
};
using Store = Protocol<std::string(Load), void(Save)>;  // R(M): an M is answered by an R

class MemoryStore : public Actor {
public:
    std::string on(const Load& load) { return texts_[load.key]; }
    void on(Save save) { texts_[save.key] = std::move(save.text); }

private:
    std::map<std::string, std::string> texts_;
};
// [end]

void refer_to_a_protocol() {
    System system;
    // [use_protocol]
    const Ref<Store> store = system.spawn<MemoryStore>();  // of any actor that handles all of it
    store.tell(Save{"a", "text"});
    const std::string text = store.ask(Load{"a"});
    const Ref<Protocol<std::string(Load)>> reader = store;  // or of a protocol that has all of it
    // [end]
    expect(text == "text", "a protocol's Ref tells and asks");
    expect(reader.ask(Load{"a"}) == "text", "so does a part of it");
}

void compare_and_print() {
    System system;
    const Ref<MemoryStore> store = system.spawn<MemoryStore>();
    // [compare]
    const Ref<Store> same = store;
    const bool equal = store == same;  // the same actor, by whatever type
    const AnyRef anybody = store;      // stops, compares, prints; what it handles is not known
    const std::string line = to_string(anybody);  // "MemoryStore 1"; also by <<
    std::unordered_set<Ref<Store>> stores{same};
    const Ref<Store> nobody;  // refers to no actor: only bool and == may be asked of it
    // [end]
    expect(equal && stores.count(store) == 1, "equal Refs hash alike");
    expect(contains(line, "MemoryStore") && !nobody, "it prints its class");
    expect(line == to_string(same), "by any type the same");
}

struct Enter {};

class Room : public Actor {
public:
    explicit Room(Event& closed) : closed_{closed} {}
    void on(Enter) {}

protected:
    void on_stop(const ExitReason&) override { closed_.set(); }

private:
    Event& closed_;
};

void live_while_referred_to() {
    Event closed;
    System system;
    // [weak]
    Ref<Room> room = system.spawn_with<Room>({.stop_when_unreferenced = true}, closed);
    const WeakRef<Room> weak = room;
    if (const Ref<Room> still = weak.lock()) still.tell(Enter{});
    room = {};  // that was the last Ref: the room handles what it has, and ends
    // [end]
    closed.wait();
    wait_until([&] { return weak.expired(); }, "a WeakRef does not keep it alive");
}

void find_by_name() {
    System system;
    // [find]
    system.register_name("memory", system.spawn<MemoryStore>());
    const Ref<MemoryStore> found = system.find<MemoryStore>("memory");        // or throws
    const Ref<MemoryStore> none = system.try_find<MemoryStore>("disk");       // or nobody
    const Ref<MemoryStore> in_time = system.find<MemoryStore>("memory", 1s);  // waits for one
    // [end]
    expect(found && found == in_time && !none, "a name finds its actor");
    expect(throws<Error>([&] { (void)system.find<Room>("memory"); }), "types are checked");
    expect(throws<Error>([&] { system.register_name("memory", found); }), "a name is one's");
}

void find_as_a_protocol() {
    System system;
    // [find_protocol]
    system.register_name<Store>("store", system.spawn<MemoryStore>());
    const auto store = system.find<Protocol<void(Save)>>("store");  // as any part of it
    // [end]
    expect(static_cast<bool>(store), "an actor is found as a part of its protocol");
}

struct HasStore {};

// [watch_name]
class Client : public Actor {
public:
    bool on(HasStore) { return static_cast<bool>(store_); }
    void on(const NameRegistered& news) { store_ = system().try_find<Store>(news.name); }
    void on(const NameFreed&) { store_ = {}; }  // it has ended, or gave its name back

protected:
    void on_start() override { watch_name(this, "store"); }

private:
    Ref<Store> store_;
};
// [end]

void watch_a_name() {
    System system;
    const Ref<Client> client = system.spawn<Client>();
    expect(!client.ask(HasStore{}), "nobody has the name");
    const Ref<Store> store = system.spawn<MemoryStore>();
    system.register_name("store", store);
    wait_until([&] { return client.ask(HasStore{}); }, "the client is told of it");
    store.stop();
    wait_until([&] { return !client.ask(HasStore{}); }, "and of its end");
}

// [adapt]
struct Quote {  // a message of the exchange's
    std::string symbol;
    int cents;
};
struct PriceHeard {  // the buyer's own, for all that it hears of prices
    int cents;
};
using Listener = Protocol<void(Quote)>;

class Buyer : public Actor {
public:
    void on(PriceHeard heard) { last_ = heard.cents; }
    int on(Load) { return last_; }
    Ref<Listener> on(Enter) {
        return adapt(self(this), [](Quote quote) { return PriceHeard{quote.cents}; });
    }

private:
    int last_ = 0;
};
// [end]

void adapt_messages() {
    System system;
    const Ref<Buyer> buyer = system.spawn<Buyer>();
    const Ref<Listener> listener = buyer.ask(Enter{});
    listener.tell(Quote{"GRN", 12});
    expect(listener == buyer, "it is the same actor");
    expect(buyer.ask(Load{}) == 12, "its own handler was called");
}

}  // namespace

std::vector<Snippet> reference_snippets() {
    return {
        {"refer_to_a_protocol", refer_to_a_protocol},
        {"compare_and_print", compare_and_print},
        {"live_while_referred_to", live_while_referred_to},
        {"find_by_name", find_by_name},
        {"find_as_a_protocol", find_as_a_protocol},
        {"watch_a_name", watch_a_name},
        {"adapt_messages", adapt_messages},
    };
}
