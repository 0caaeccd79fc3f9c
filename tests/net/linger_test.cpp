// What becomes of a connection that is closed while its peer has not taken all that was sent.
//
// Property  Every closed connection is gone by the end of its patience: either its peer has got all
//           bytes and then the end of the stream, or it is reset, and counted.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "support/hand_clock.hpp"
#include "support/net_runtimes.hpp"
#include "support/net_sessions.hpp"
#include "support/seed.hpp"

namespace greenroom::net {

using support::eventually;
using support::soon;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t too_much = 30'000'000;  // more than the kernel keeps for one connection

// Sends that much when it is spoken to, and stops at once.
struct Farewell : Actor {
    explicit Farewell(Connection peer, std::size_t bytes = too_much)
        : peer_{std::move(peer)}, bytes_{bytes} {}
    void on(Received) {
        peer_.send(std::string(bytes_, 'f'));
        stop();
    }
    void on(Closed) { stop(); }
    Connection peer_;
    std::size_t bytes_;
};

ServeOptions patient_for(Duration linger) {
    ServeOptions options;
    options.connection.output_bytes_max = 2 * too_much;
    options.connection.linger = linger;
    return options;
}

// Connects, speaks, and does not read.
TcpStream speak_to(const Server& server) {
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("x");
    return client;
}

struct Ending {
    std::size_t bytes = 0;
    std::error_code error;  // none: the end of the stream
};

Ending read_all(TcpStream& client) {
    Ending ending;
    std::string buffer(1 << 20, '?');
    while (const std::size_t count = client.read_some(std::span<char>{buffer}, ending.error)) {
        ending.bytes += count;
    }
    return ending;
}

void expect_reset(TcpStream& client) {
    const Ending ending = read_all(client);
    EXPECT_EQ(ending.error, std::errc::connection_reset);
    EXPECT_LT(ending.bytes, too_much);
}

}  // namespace

class LingerTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(LingerTest);

TEST(Linger, EndsAtItsTimeAndNotBefore) {
    support::HandClock clock;
    SystemOptions options;
    options.runtime.driven_by = DrivenBy::caller;
    options.runtime.clock = &clock;
    System system{options};
    const auto turn = [&] {
        while (system.runtime().run_for(1ms).more) continue;
    };
    const Server server = serve_with<Farewell>(system, patient_for(5s), "127.0.0.1:0");
    turn();
    const std::uint64_t tasks = system.runtime().stats().tasks_alive;
    TcpStream client = speak_to(server);
    ASSERT_TRUE(eventually([&] {
        turn();
        return server.stats().accepted == 1 && system.stats().actors == 1;  // but for the acceptor
    }));
    clock.move(4900ms);
    for (int i = 0; i < 20; ++i) turn();
    EXPECT_EQ(server.stats().open, 1u);
    EXPECT_EQ(server.stats().cut_short, 0u);
    clock.move(200ms);
    EXPECT_TRUE(eventually([&] {
        turn();
        return server.stats().open == 0;
    }));
    EXPECT_EQ(server.stats().cut_short, 1u);
    expect_reset(client);
    turn();
    EXPECT_EQ(system.runtime().stats().tasks_alive, tasks) << "nobody is left to wait for";
}

TEST_P(LingerTest, PeersThatDoNotReadAreResetAndCounted) {
    System system{options()};
    const Server server = serve_with<Farewell>(system, patient_for(20ms), "127.0.0.1:0");
    std::vector<TcpStream> clients;
    for (int i = 0; i < 5; ++i) clients.push_back(speak_to(server));
    EXPECT_TRUE(eventually([&] { return server.stats().cut_short == 5; }));
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
    for (TcpStream& client : clients) expect_reset(client);
}

TEST_P(LingerTest, WithoutPatienceOnlyWhatTheKernelTakesIsSent) {
    System system{options()};
    const Server server = serve_with<Farewell>(system, patient_for(0s), "127.0.0.1:0");
    TcpStream client = speak_to(server);
    EXPECT_TRUE(eventually([&] { return server.stats().cut_short == 1; }));
    expect_reset(client);
}

TEST_P(LingerTest, APeerThatReadsInTimeGetsAll) {
    System system{options()};
    const Server server = serve_with<Farewell>(system, patient_for(1h), "127.0.0.1:0");
    TcpStream client = speak_to(server);
    ASSERT_TRUE(eventually([&] { return system.dump().find("last words") != std::string::npos; }));
    const Ending ending = read_all(client);
    EXPECT_EQ(ending.error, std::error_code{});
    EXPECT_EQ(ending.bytes, too_much);
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
    EXPECT_EQ(server.stats().cut_short, 0u);
}

// Property (see above), where the peer begins to read about when the patience ends. What is about
// then depends on how long the machine takes for that many bytes, so that is looked at first.
TEST_P(LingerTest, AllOrAReset) {
    constexpr std::size_t bytes = 8'000'000;  // more than the kernel takes if nobody reads
    System system{options()};
    const auto seconds_for_all = [&] {
        const Server server = serve_with<Farewell>(system, patient_for(1h), "127.0.0.1:0", bytes);
        TcpStream client = speak_to(server);
        const Deadline begun = Deadline::after(0s);
        EXPECT_EQ(read_all(client).bytes, bytes);
        return Deadline::after(0s).at() - begun.at();
    };
    const Duration patience =
        2 * std::min({seconds_for_all(), seconds_for_all(), seconds_for_all()}) + 5ms;
    const Server server = serve_with<Farewell>(system, patient_for(patience), "127.0.0.1:0", bytes);
    std::mt19937 random = support::printed_seed();
    std::uint64_t whole = 0;
    std::uint64_t cut = 0;
    for (const Deadline deadline = Deadline::after(100s); whole < 3 || cut < 3;) {
        ASSERT_FALSE(deadline.has_passed()) << whole << " whole, " << cut << " cut";
        TcpStream client = speak_to(server);
        run(system.runtime(), [&] { sleep_for(patience * (random() % 17) / 8); });
        const Ending ending = read_all(client);
        if (!ending.error) {
            EXPECT_EQ(ending.bytes, bytes);
            ++whole;
        } else {
            EXPECT_EQ(ending.error, std::errc::connection_reset);
            ++cut;
        }
    }
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
    EXPECT_EQ(server.stats().cut_short, cut);
}

TEST_P(LingerTest, TheEndOfTheRuntimeWaitsForNobody) {
    std::optional<System> system{std::in_place, options()};
    const Server server = serve_with<Farewell>(*system, patient_for(1h), "127.0.0.1:0");
    TcpStream client = speak_to(server);
    ASSERT_TRUE(eventually([&] { return system->dump().find("last words") != std::string::npos; }));
    system.reset();
    EXPECT_EQ(server.stats().cut_short, 1u);
    EXPECT_EQ(server.stats().open, 0u);
    expect_reset(client);
}

TEST_P(LingerTest, ClosedNowItIsReset) {
    struct Abrupt : Farewell {
        using Farewell::Farewell;
        void on(Received) {
            peer_.send(std::string(too_much, 'a'));
            peer_.close_now();
            stop();
        }
        void on(Closed) { stop(); }
    };
    System system{options()};
    const Server server = serve_with<Abrupt>(system, patient_for(1h), "127.0.0.1:0");
    TcpStream client = speak_to(server);
    expect_reset(client);
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
    EXPECT_EQ(server.stats().cut_short, 0u) << "it was asked for";
}

// Without an owner nothing is received; what it sends must arrive all the same.
TEST_P(LingerTest, AConnectionWithoutAnOwnerSendsAll) {
    System system{options()};
    TcpListener listener = TcpListener::bind("127.0.0.1:0");
    auto sender = spawn(system.runtime(), [address = listener.local_address()] {
        const ConnectionOptions options{.output_bytes_max = 2 * too_much, .linger = 1h};
        Connection peer = Connection::connect(address, soon(), options);
        EXPECT_TRUE(peer.send(std::string(too_much, 's')));
    });
    TcpStream client = listener.accept();
    sender.get();
    const Ending ending = read_all(client);
    EXPECT_EQ(ending.error, std::error_code{});
    EXPECT_EQ(ending.bytes, too_much);
}

}  // namespace greenroom::net
