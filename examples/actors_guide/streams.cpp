// Answers of many items: Stream and StreamReply.
#include <greenroom/actors/stream.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/error.hpp>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

// [table]
struct Row {
    int year;
    std::string wine;
};
struct Since {
    int year;
};

class Cellar : public Actor {
public:
    explicit Cellar(std::vector<Row> rows) : rows_{std::move(rows)} {}

    void on(Since since, StreamReply<Row> reply) {
        for (const Row& row : rows_) {
            if (row.year < since.year) continue;
            if (!reply.send(row)) return;  // waits for the reader; false: it has gone
        }
        reply.close();
    }

private:
    std::vector<Row> rows_;
};
// [end]

void read_many_items() {
    System system;
    const Ref<Cellar> cellar = system.spawn<Cellar>(
        std::vector<Row>{{1999, "Riesling"}, {2005, "Merlot"}, {2011, "Malbec"}, {2020, "Syrah"}});
    std::string found;
    // [read]
    Stream<Row> rows = cellar.request(Since{2000}, {.credit = 2});  // goes on
    for (const Row& row : rows) found += row.wine + " ";            // waits for each; until the end
    // [end]
    expect(found == "Merlot Malbec Syrah ", "all came, in order");
    // [some]
    Stream<Row> some = cellar.request(Since{1900});
    const std::optional<Row> first = some.receive_before(Deadline::after(1s));
    some.cancel();  // or drop it
    // [end]
    expect(first.has_value() && first->wine == "Riesling", "one may read a part of it");
    expect(some.at_end(), "and is at the end of what one has cancelled");
}

// [feed]
struct Price {
    int cents;
};
struct Watch {};

class Exchange : public Actor {
public:
    void on(Watch, StreamReply<Price> reader) { readers_.push_back(std::move(reader)); }
    int on(Price price) {
        std::erase_if(readers_, [&](StreamReply<Price>& reader) {
            return reader.try_send(price) == Sent::stopped;  // full: a slow one misses it
        });
        return static_cast<int>(readers_.size());
    }

private:
    std::vector<StreamReply<Price>> readers_;
};
// [end]

void feed_by_other_messages() {
    System system;
    const Ref<Exchange> exchange = system.spawn<Exchange>();
    Stream<Price> slow = exchange.request(Watch{}, {.credit = 1});
    Stream<Price> prices = exchange.request(Watch{});
    expect(exchange.ask(Price{100}) == 2, "both watch");
    expect(exchange.ask(Price{200}) == 2, "also where one has no credit left");
    expect(prices.receive().value().cents == 100, "who has credit gets the first");
    expect(prices.receive().value().cents == 200, "and the second");
    slow.cancel();
    expect(exchange.ask(Price{300}) == 1, "who has gone is taken out");
    exchange.stop();
    expect(prices.receive().value().cents == 300, "what was sent before the end comes");
    expect(throws<ActorStopped>([&] { (void)prices.receive(); }), "and then the reason");
}

}  // namespace

std::vector<Snippet> stream_snippets() {
    return {
        {"read_many_items", read_many_items},
        {"feed_by_other_messages", feed_by_other_messages},
    };
}
