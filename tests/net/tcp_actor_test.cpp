// Actors that wait for a socket in a handler, and end there.
#include <greenroom/net/tcp.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/cancellation.hpp>
#include <utility>

#include "support/net_runtimes.hpp"

namespace greenroom::net {

namespace {

using support::soon;
using namespace std::chrono_literals;

class TcpActorTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(TcpActorTest);

struct Read {};

// What its end leaves behind.
struct Record {
    std::atomic<int> cancelled{0};
    std::atomic<int> stopped{0};
    std::atomic<int> destroyed{0};
};

class Reader : public Actor {
public:
    Reader(Record& record, TcpStream stream) : record_{record}, stream_{std::move(stream)} {}
    ~Reader() override { ++record_.destroyed; }

    void on(Read) {
        try {
            (void)stream_.read_line();
        } catch (const Cancelled&) {
            ++record_.cancelled;
            throw;
        }
    }
    void on_stop(const ExitReason&) override { ++record_.stopped; }

private:
    Record& record_;
    TcpStream stream_;
};

}  // namespace

TEST_P(TcpActorTest, AKillOrAStopPastItsGraceEndsARead) {
    for (const bool kills : {true, false}) {
        Record record;
        System system{{.runtime = runtime_options(), .grace = 3ms}};
        TcpStream client;
        TcpStream server;
        run(system.runtime(), [&] {
            TcpListener listener = TcpListener::bind("127.0.0.1:0");
            client = TcpStream::connect(listener.local_address(), soon());
            server = listener.accept();
        });
        const auto reader = system.spawn<Reader>(record, std::move(server));
        reader.tell(Read{});
        EXPECT_TRUE(support::eventually(
            [&] { return system.dump().find("socket to be readable") != std::string::npos; }));
        kills ? reader.kill() : reader.stop();
        EXPECT_TRUE(support::eventually([&] { return system.stats().actors == 0; }));
        EXPECT_EQ(record.cancelled, 1);
        EXPECT_EQ(record.stopped, 1);
        EXPECT_EQ(record.destroyed, 1);
        // Its end of the connection has gone with it.
        EXPECT_FALSE(run(system.runtime(), [&] { return client.next_line(); }).has_value());
    }
}

}  // namespace greenroom::net
