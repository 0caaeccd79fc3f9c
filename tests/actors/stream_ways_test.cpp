// Streams by whatever way a message may come: protocols, forwards, all kinds of actors, tasks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/adapter.hpp>
#include <greenroom/actors/errors.hpp>
#include <greenroom/actors/functional_actor.hpp>
#include <greenroom/actors/probe.hpp>
#include <greenroom/actors/process.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/router.hpp>
#include <greenroom/actors/stream.hpp>
#include <greenroom/actors/system.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/on_systems.hpp"
#include "table.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using namespace cast;
using support::SystemStage;
using support::until;

class StreamWaysTest : public support::OnSystems {
protected:
    // Behind all, no item lives.
    ~StreamWaysTest() override { EXPECT_EQ(Row::living, 0); }
};
GREENROOM_ON_ALL_RUNTIMES(StreamWaysTest);

using Rows = Protocol<Stream<Row>(Query)>;

struct Count {
    int rows;
};

// Has a table answer in its place.
class Porter : public Actor {
public:
    explicit Porter(Ref<Rows> table) : table_{std::move(table)} {}
    void on(Query query, StreamReply<Row> rows) { table_.forward(query, std::move(rows)); }
    // The first itself.
    void on(Count count, StreamReply<Row> rows) {
        if (rows.send(Row{0})) rows.set(table_.request(Query{count.rows}));
    }
    // One that it asks for; without the first.
    Stream<Row> on(Number number) {
        Stream<Row> rows = table_.request(Query{number.value});
        (void)rows.receive();
        return rows;
    }
    Result<Stream<Row>> on(Fail) { return Error{Errc::not_found, "none here"}; }

private:
    const Ref<Rows> table_;
};

std::error_code failure_of(Stream<Row> rows) {
    try {
        (void)numbers_of(std::move(rows));
        return {};
    } catch (const Error& error) {
        return error.code();
    }
}

}  // namespace

TEST_P(StreamWaysTest, ThroughAProtocol) {
    play([](SystemStage& stage) {
        Ref<Protocol<void(Stop), Stream<Row>(Query)>> table = stage.system.spawn<Table>();
        Ref<Rows> part = table;
        EXPECT_EQ(numbers_of(table.request(Query{3}, {.credit = 1})), (std::vector{1, 2, 3}));
        EXPECT_EQ(numbers_of(part.request(Query{2})), (std::vector{1, 2}));
        EXPECT_EQ(numbers_of(part.ask(Query{1})), (std::vector{1}));
    });
}

TEST_P(StreamWaysTest, ForwardedItIsWhoAnswersThatFeedsItAndEndsIt) {
    play([](SystemStage& stage) {
        auto table = stage.system.spawn<Table>();
        auto porter = stage.system.spawn<Porter>(table);
        EXPECT_EQ(numbers_of(porter.request(Query{3}, {.credit = 1})), (std::vector{1, 2, 3}));
        EXPECT_EQ(numbers_of(porter.ask(Query{3})), (std::vector{1, 2, 3}));
        Stream<Row> rows = porter.request(Query{100});
        EXPECT_EQ(rows.receive().value().number, 1);
        table.kill();
        EXPECT_EQ(failure_of(std::move(rows)), Errc::actor_stopped);
        EXPECT_EQ(failure_of(porter.request(Query{1})), Errc::actor_stopped);
        EXPECT_FALSE(porter.has_ended());
    });
}

TEST_P(StreamWaysTest, TheRestMayComeFromAnotherStream) {
    play([](SystemStage& stage) {
        auto table = stage.system.spawn<Table>();
        auto porter = stage.system.spawn<Porter>(table);
        EXPECT_EQ(numbers_of(porter.request(Count{3})), (std::vector{0, 1, 2, 3}));
        EXPECT_EQ(numbers_of(porter.request(Number{3})), (std::vector{2, 3}));
        EXPECT_EQ(numbers_of(porter.ask(Number{3})), (std::vector{2, 3}));
        EXPECT_EQ(failure_of(porter.request(Fail{})), Errc::not_found);
        EXPECT_THROW((void)porter.ask(Fail{}), Error);
        {
            Stream<Row> rows = porter.request(Count{1000});
            EXPECT_EQ(rows.receive().value().number, 0);
            EXPECT_EQ(rows.receive().value().number, 1);
        }
        EXPECT_EQ(numbers_of(porter.request(Query{1})), (std::vector{1}));  // it was told
    });
}

TEST_P(StreamWaysTest, LaterMessagesAndTasksFeedIt) {
    play([](SystemStage& stage) {
        auto table = stage.system.spawn<Table>();
        Stream<Row> kept = table.request(Subscribe{}, {.credit = 1});
        Stream<Row> fed = table.request(QueryByTask{3}, {.credit = 1});
        EXPECT_EQ(table.ask(Number{7}), 1);
        EXPECT_EQ(table.ask(Number{8}), 1);  // no credit: this reader goes without
        EXPECT_EQ(kept.receive().value().number, 7);
        EXPECT_EQ(table.ask(Number{9}), 1);
        EXPECT_EQ(kept.receive().value().number, 9);
        EXPECT_EQ(numbers_of(std::move(fed)), (std::vector{1, 2, 3}));
        EXPECT_FALSE(kept.receive_before(Deadline::after(0ms)).has_value());
    });
}

TEST_P(StreamWaysTest, ToAllKindsOfActors) {
    play([](SystemStage& stage) {
        const auto send = [](Query query, StreamReply<Row> rows) {
            for (int i = 1; i <= query.rows; ++i) (void)rows.send(Row{i});
            rows.close();
        };
        auto functional = stage.system.spawn_functional(send);
        auto process = stage.system.spawn_process<Stream<Row>(Query)>([send](Process& self) {
            for (;;) self.receive(send);
        });
        auto router = stage.system.spawn<Router<Rows>>(Routing::round_robin,
                                                       std::vector<Ref<Rows>>{functional, process});
        auto adapted =
            adapt(stage.system.spawn<Table>(), [](Number number) { return Query{number.value}; });
        EXPECT_EQ(numbers_of(functional.request(Query{2})), (std::vector{1, 2}));
        EXPECT_EQ(numbers_of(process.request(Query{2})), (std::vector{1, 2}));
        EXPECT_EQ(numbers_of(process.ask(Query{2})), (std::vector{1, 2}));
        EXPECT_EQ(numbers_of(router.request(Query{2})), (std::vector{1, 2}));
        EXPECT_EQ(numbers_of(router.ask(Query{3})), (std::vector{1, 2, 3}));
        EXPECT_EQ(numbers_of(adapted.request(Number{2})), (std::vector{1, 2}));
    });
}

TEST_P(StreamWaysTest, AStashedRequestIsAnsweredLater) {
    play([](SystemStage& stage) {
        class Shy : public Actor {
        public:
            void on(Query query, StreamReply<Row> rows) {
                if (!is_open_) return stash(this, query, std::move(rows));
                if (rows.send(Row{query.rows})) rows.close();
            }
            void on(Stop) {
                is_open_ = true;
                unstash();
            }

        private:
            bool is_open_ = false;
        };
        auto shy = stage.system.spawn<Shy>();
        Stream<Row> rows = shy.request(Query{7});
        Stream<Row> asked = stage
                                .spawn([&] {
                                    auto waits = stage.spawn([&] { return shy.ask(Query{8}); });
                                    shy.tell(Stop{});
                                    return waits.get();
                                })
                                .get();
        EXPECT_EQ(numbers_of(std::move(rows)), (std::vector{7}));
        EXPECT_EQ(numbers_of(std::move(asked)), (std::vector{8}));
    });
}

TEST_P(StreamWaysTest, WhatATaskFeedsOutlivesItsActor) {
    play([](SystemStage& stage) {
        auto table = stage.system.spawn<Table>();
        Stream<Row> rows = table.request(QueryByTask{5}, {.credit = 1});
        EXPECT_EQ(rows.receive().value().number, 1);
        table.kill();
        until([&] { return table.has_ended(); });
        EXPECT_EQ(numbers_of(std::move(rows)), (std::vector{2, 3, 4, 5}));
    });
}

// The incarnation that failed has failed its reader; the next one answers.
TEST_P(StreamWaysTest, OfAChildThatIsMadeAnewTheOldOnesEndAndNewOnesCome) {
    play([](SystemStage& stage) {
        auto table = stage.system.supervise([] { return Table{}; });
        Stream<Row> kept = table.request(Subscribe{});
        EXPECT_EQ(table.ask(Number{1}), 1);
        EXPECT_EQ(failure_of(table.request(QueryAndFail{1})), Errc::handler_failed);
        EXPECT_EQ(failure_of(std::move(kept)), Errc::broken);
        EXPECT_EQ(numbers_of(table.request(Query{2})), (std::vector{1, 2}));
    });
}

// Property  However a kill of the sender meets sends and receives, the reader gets the first rows
//           in order, none left out, and then the end or that the actor has stopped.
TEST_P(StreamWaysTest, AKillOfTheSenderAndTheReaderMayMeet) {
    int ended = 0;
    int stopped = 0;
    play([&](SystemStage& stage) {
        for (int i = 0; i < stage.times(1200); ++i) {
            auto table = stage.system.spawn<Table>();
            Stream<Row> rows = table.request(Query{6, i % 2}, {.credit = 2});
            std::atomic<int> read{0};
            auto killer = stage.spawn([&, first = i % 7] {
                until([&] { return read >= first; });
                table.kill();
            });
            try {
                for (const Row& row : rows) EXPECT_EQ(row.number, ++read);
                EXPECT_EQ(read, 6);
                ++ended;
            } catch (const ActorStopped&) {
                EXPECT_LE(read, 6);
                ++stopped;
                read = 6;
            }
            killer.get();
        }
    });
    // Each of them five times at least.
    expect_both(ended / 5, stopped / 5);
}

TEST_P(StreamWaysTest, AProbePlaysItsSender) {
    play([](SystemStage& stage) {
        Probe<Rows> probe{stage.system};
        Stream<Row> rows = probe.ref().request(Query{5});
        auto [query, reply] = probe.expect_ask<Query>();
        EXPECT_EQ(query.rows, 5);
        EXPECT_EQ(reply.try_send(Row{1}), Sent::sent);
        reply.close();
        EXPECT_THROW((void)reply.send(Row{2}), Error);
        EXPECT_THROW(reply.close(), Error);
        EXPECT_EQ(numbers_of(std::move(rows)), (std::vector{1}));
    });
}

TEST_P(StreamWaysTest, ToldAndNotAskedItHasNoReader) {
    play([](SystemStage& stage) {
        const auto tally = std::make_shared<Tally>();
        auto table = stage.system.spawn<Table>(tally);
        table.tell(Query{5});
        table.tell(Subscribe{});
        EXPECT_EQ(table.ask(Number{1}), 0);
        EXPECT_EQ(tally->sent, 0);
        EXPECT_EQ(tally->refused, 1);
        EXPECT_EQ(stage.system.stats().abandoned_streams, 0u);
    });
}

TEST_P(StreamWaysTest, AFullMailboxIsToldToItsReader) {
    play([](SystemStage& stage) {
        auto table =
            stage.system.spawn_with<Table>({.mailbox = {.bound = 1, .when_full = WhenFull::fail}});
        const auto begun = std::make_shared<Event>();
        const auto go_on = std::make_shared<Event>();
        const auto left = std::make_shared<Event>();
        table.tell(Hold{*begun, *go_on, left.get()});
        begun->wait();
        Stream<Row> queued = table.request(Query{1});
        EXPECT_EQ(failure_of(table.request(Query{1})), Errc::mailbox_full);
        go_on->set();
        left->wait();
        EXPECT_EQ(numbers_of(std::move(queued)), (std::vector{1}));
    });
}

TEST_P(StreamWaysTest, BothEndsMayOutliveTheSystem) {
    std::optional<Stream<Row>> rows;
    std::optional<StreamReply<Row>> reply;
    play([&](SystemStage& stage) {
        class Keeper : public Actor {
        public:
            explicit Keeper(std::optional<StreamReply<Row>>& place) : place_{place} {}
            void on(Subscribe, StreamReply<Row> given) { place_ = std::move(given); }
            void on(Stop) {}

        private:
            std::optional<StreamReply<Row>>& place_;
        };
        auto keeper = stage.system.spawn<Keeper>(reply);
        rows = keeper.request(Subscribe{});
        keeper.ask(Stop{});
        EXPECT_EQ(reply.value().try_send(Row{1}), Sent::sent);
    });
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ(rows->receive_before(Deadline::after(0ms)).value().number, 1);
    rows.reset();
    EXPECT_TRUE(reply.value().asker_has_gone());
    EXPECT_EQ(reply.value().try_send(Row{2}), Sent::stopped);
    reply.reset();
}

TEST_P(StreamWaysTest, ACreditOutOfBoundsIsRefused) {
    play([](SystemStage& stage) {
        auto table = stage.system.spawn<Table>();
        const auto story_of = [&](std::size_t credit) -> std::string {
            try {
                (void)table.request(Query{1}, {.credit = credit});
                return "";
            } catch (const std::invalid_argument& wrong) {
                return wrong.what();
            }
        };
        EXPECT_EQ(story_of(0), "StreamOptions::credit is 0; it is 1 to 1000000");
        EXPECT_EQ(story_of(1'000'001), "StreamOptions::credit is 1000001; it is 1 to 1000000");
        EXPECT_EQ(story_of(1'000'000), "");
    });
}

}  // namespace greenroom
