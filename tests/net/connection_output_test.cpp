// What goes out through connections: order, limits, slow readers and slow owners, last words.
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <exception>
#include <functional>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/threads.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/net_faulty_sockets.hpp"
#include "support/net_runtimes.hpp"
#include "support/net_sessions.hpp"

namespace greenroom::net {

using support::echoed;
using support::EchoSession;
using support::eventually;
using support::soon;
using namespace std::chrono_literals;

class OutputTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(OutputTest);

// Property: what several actors send to one connection arrives, each one's in its order.
TEST_P(OutputTest, SendersOnAllWorkersKeepTheirOrder) {
    struct Lend : Actor {
        Lend(Connection peer, std::atomic<Connection*>& to) : peer_{std::move(peer)} {
            to = &peer_;
        }
        void on(Received) {}
        void on(Closed) { stop(); }
        Connection peer_;
    };
    System system{options()};
    std::atomic<Connection*> lent{nullptr};
    const Server server = serve<Lend>(system, "127.0.0.1:0", std::ref(lent));
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    ASSERT_TRUE(eventually([&] { return lent != nullptr; }));
    std::vector<Task<void>> senders;
    for (int sender = 0; sender < 4; ++sender) {
        senders.push_back(spawn(system.runtime(), [&lent, sender] {
            for (int i = 0; i < 300; ++i) {
                const std::string line = std::to_string(sender) + " " + std::to_string(i) + "\n";
                i % 3 == 0 ? (*lent).send(SharedBytes{line}) : (*lent).send(line);
                if (i % 7 == 0) yield();
            }
        }));
    }
    int next[4] = {};
    for (int i = 0; i < 4 * 300; ++i) {
        const std::string line = client.read_line();
        const int sender = line.at(0) - '0';
        ASSERT_EQ(line.substr(2), std::to_string(next[sender]++));
    }
    for (auto& sender : senders) sender.get();
}

TEST_P(OutputTest, ShortWritesLoseNothing) {
    support::FaultySockets sockets;
    System system{options()};
    use_sockets(system.runtime(), sockets);
    sockets.send_bytes_max = 11;
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    std::string text;
    for (int i = 0; i < 3000; ++i) text += std::to_string(i);
    EXPECT_TRUE(echoed(client, text) == text);
}

// Property: a worker does not send for as long as others append; it comes to its other work.
TEST_P(OutputTest, WhoIsSentToWithoutEndHoldsUpNobody) {
    struct Lend : Actor {
        Lend(Connection peer, std::atomic<Connection*>& to) : peer_{std::move(peer)}, to_{to} {}
        void on(Received) {
            peer_.send("first");
            to_ = &peer_;  // the end of this turn sends it
        }
        void on(Closed) { stop(); }
        Connection peer_;
        std::atomic<Connection*>& to_;
    };
    constexpr int appended_max = 1'000'000;
    support::FaultySockets sockets;
    System system{options()};
    use_sockets(system.runtime(), sockets);
    std::atomic<Connection*> lent{nullptr};
    std::atomic<bool> others_ran{false};
    std::atomic<int> appended{0};
    sockets.on_send = [&] {  // as a sender on another worker would, at just this moment
        Connection* const connection = lent;
        if (connection == nullptr || others_ran || appended == appended_max) return;
        if (++appended == 1) spawn(system.runtime(), [&] { others_ran = true; }).detach();
        connection->send("x");
    };
    const Server server = serve<Lend>(system, "127.0.0.1:0", std::ref(lent));
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("go");
    EXPECT_TRUE(eventually([&] { return others_ran.load(); }));
    EXPECT_LT(appended, appended_max);
    EXPECT_TRUE(eventually([&] { return lent.load()->queued_bytes() == 0; }));
    std::string text(5 + static_cast<std::size_t>(appended), ' ');
    client.read_exactly(text);
    EXPECT_EQ(text.substr(0, 6), "firstx");
}

// One that takes nothing out of its mailbox until it is told to: its handler waits.
struct Slow : Actor {
    Slow(Connection peer, Event& go, std::atomic<std::size_t>& bytes)
        : peer_{std::move(peer)}, go_{go}, bytes_{bytes} {}
    void on(Received received) {
        bytes_ += received.size();
        const std::string before{received.text()};
        go_.wait();
        EXPECT_TRUE(before == received.text()) << "its buffer was given to another";
    }
    void on(Closed) { stop(); }
    Connection peer_;
    Event& go_;
    std::atomic<std::size_t>& bytes_;
};

TEST_P(OutputTest, ASlowActorSlowsItsPeerAndBuffersNothing) {
    Event go;
    std::atomic<std::size_t> bytes{0};
    System system{options()};
    const Server server = serve<Slow>(system, "127.0.0.1:0", std::ref(go), std::ref(bytes));
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    TcpStream second = TcpStream::connect(server.local_address(), soon());
    second.write_all(std::string(100, 'z'));
    const std::string much(1 << 20, 'x');
    std::size_t sent = 0;
    // Until the kernel takes no more: some megabytes, and not all that there is.
    while (sent < (std::size_t{1} << 28U) && client.write_all_before(Deadline::after(50ms), much)) {
        sent += much.size();
    }
    EXPECT_LT(sent, std::size_t{1} << 28U);
    EXPECT_LE(bytes, 2 * 64u * 1024u) << "one read for each connection, and no more";
    go.set();
    client.shutdown_write();
    EXPECT_TRUE(eventually([&] { return bytes >= sent; }));
}

// Sends on demand to a client that does not read.
struct Flooder : Actor {
    Flooder(Connection peer, std::atomic<int>& sends, std::atomic<int>& ends)
        : peer_{std::move(peer)}, sends_{sends}, ends_{ends} {}
    void on(Received) {
        const std::string text(10'000, 'f');
        for (int i = 0; i < 3000; ++i) {
            if (!peer_.send(text)) break;
            ++sends_;
        }
    }
    void on(Closed closed) {
        ends_ = 1 + static_cast<int>(closed.reason);
        stop();
    }
    Connection peer_;
    std::atomic<int>& sends_;
    std::atomic<int>& ends_;
};

Server serve_flooder(System& system, SlowReader policy, std::atomic<int>& sends,
                     std::atomic<int>& ends) {
    ServeOptions options;
    options.connection.output_bytes_max = 200'000;
    options.connection.slow_reader = policy;
    return serve_with<Flooder>(system, options, "127.0.0.1:0", std::ref(sends), std::ref(ends));
}

TEST_P(OutputTest, AClientThatNeverReadsIsClosedAtTheLimit) {
    std::atomic<int> sends{0}, ends{0};
    System system{options()};
    const Server server = serve_flooder(system, SlowReader::close, sends, ends);
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("go");
    EXPECT_TRUE(eventually([&] { return ends == 1 + static_cast<int>(CloseReason::slow_reader); }));
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
    EXPECT_EQ(server.stats().slow_readers, 1u);
    EXPECT_LT(sends, 3000);
}

TEST_P(OutputTest, ABurstAboveTheLimitIsNotTakenForASlowPeer) {
    struct Burst : Actor {
        explicit Burst(Connection peer) : peer_{std::move(peer)} {}
        void on(Received) {
            for (int i = 0; i < 20; ++i) EXPECT_TRUE(peer_.send(std::string(10'000, 'b')));
            EXPECT_TRUE(peer_.send(std::string(100'000, 'B'))) << "larger than the limit by itself";
        }
        void on(Closed) { stop(); }
        Connection peer_;
    };
    ServeOptions limited;
    limited.connection.output_bytes_max = 25'000;
    System system{options()};
    const Server server = serve_with<Burst>(system, limited, "127.0.0.1:0");
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("go");
    std::string all(300'000, '?');
    EXPECT_EQ(client.read_exactly(std::span<char>{all}), all.size());
    EXPECT_EQ(server.stats().slow_readers, 0u);
}

TEST_P(OutputTest, DroppingTheNewestCountsItAndKeepsTheConnection) {
    std::atomic<int> sends{0}, ends{0};
    System system{options()};
    const Server server = serve_flooder(system, SlowReader::drop_newest, sends, ends);
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("go");
    EXPECT_TRUE(eventually([&] { return server.stats().dropped_bytes > 0; }));
    std::string all(static_cast<std::size_t>(sends) * 10'000, '?');
    EXPECT_EQ(client.read_exactly(std::span<char>{all}), all.size());
    EXPECT_EQ(ends, 0);
}

TEST_P(OutputTest, ASuspendedSenderGoesOnWhenThePeerReads) {
    std::atomic<int> sends{0}, ends{0};
    System system{options()};
    const Server server = serve_flooder(system, SlowReader::suspend_sender, sends, ends);
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("go");
    EXPECT_TRUE(eventually(
        [&] { return system.dump().find("room in a connection's output") != std::string::npos; }));
    EXPECT_LT(sends, 3000);
    std::string all(30'000'000, '?');
    EXPECT_EQ(client.read_exactly(std::span<char>{all}), all.size());
    EXPECT_TRUE(eventually([&] { return sends == 3000; }));
}

TEST_P(OutputTest, ASuspendedSenderHearsThatThePeerHasGone) {
    std::atomic<int> sends{0}, ends{0};
    System system{options()};
    const Server server = serve_flooder(system, SlowReader::suspend_sender, sends, ends);
    {
        TcpStream client = TcpStream::connect(server.local_address(), soon());
        client.write_all("go");
        EXPECT_TRUE(eventually([&] {
            return system.dump().find("room in a connection's output") != std::string::npos;
        }));
    }
    EXPECT_TRUE(eventually([&] { return ends != 0; }));
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
}

// Says goodbye and stops at once.
struct Farewell : Actor {
    explicit Farewell(Connection peer) : peer_{std::move(peer)} {}
    void on(Received) {
        peer_.send(std::string(50'000, 'b') + "bye\n");
        stop();
    }
    void on(Closed) { stop(); }
    Connection peer_;
};

TEST_P(OutputTest, LastWordsArriveBeforeTheEnd) {
    System system{options()};
    const Server server = serve<Farewell>(system, "127.0.0.1:0");
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("x");
    EXPECT_EQ(client.read_line(100'000).size(), 50'003u);
    EXPECT_THROW(client.read_line(), EndOfStream);
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
}

TEST_P(OutputTest, LastWordsOfAStoppingSystemArrive) {
    struct Polite : EchoSession {
        explicit Polite(Connection peer) : EchoSession{Connection{}}, peer_{std::move(peer)} {}
        void on(Received bytes) { peer_.send(bytes); }
        void on(Closed) { stop(); }
        void on_stop(const ExitReason&) override { peer_.send("closing\n"); }
        Connection peer_;
    };
    std::optional<System> system{std::in_place, options()};
    const Server server = serve<Polite>(*system, "127.0.0.1:0");
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    EXPECT_EQ(echoed(client, "x"), "x");
    system.reset();
    EXPECT_EQ(client.read_line(), "closing");
}

// Property: what one call does not take, within a piece or between two, goes with the next.
TEST_P(OutputTest, LargePiecesBetweenSmallOnesArriveWhole) {
    struct Giver : Actor {
        Giver(Connection peer, const std::string& text) : peer_{std::move(peer)}, text_{text} {}
        void on(Received) {
            const SharedBytes large{text_.substr(3)};
            peer_.send(text_.substr(0, 3));
            peer_.send(large);
            peer_.send("-");
            peer_.send(large);
            peer_.send("end\n");
        }
        void on(Closed) { stop(); }
        Connection peer_;
        const std::string& text_;
    };
    std::string text;
    for (int i = 0; text.size() < 900'000; ++i) text += std::to_string(i);
    System system{options()};
    ServeOptions serving;
    serving.connection.output_bytes_max = 4 * text.size();
    const Server server = serve_with<Giver>(system, serving, "127.0.0.1:0", std::cref(text));
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("go");
    const std::string expected = text + "-" + text.substr(3) + "end";
    EXPECT_TRUE(client.read_line(3 * text.size()) == expected);
}

// Property: who drives a runtime by its descriptor alone is told when there is more to send.
TEST(CallerDrivenOutput, AllArrivesAtAPeerThatReadsLate) {
    static constexpr std::size_t bytes = std::size_t{32} << 20;
    struct Giver : Actor {
        Giver(Connection peer, bool& has_given) : peer_{std::move(peer)}, has_given_{has_given} {}
        void on(Received) {
            peer_.send(std::string(bytes, 'g'));
            has_given_ = true;
        }
        void on(Closed) { stop(); }
        Connection peer_;
        bool& has_given_;
    };
    std::atomic<bool> may_read{false};
    std::atomic<bool> has_all{false};
    bool has_given = false;
    std::unique_ptr<Threads::Handle> client;  // waited for after the server has ended
    SystemOptions options;
    options.runtime.driven_by = DrivenBy::caller;
    System system{options};
    ServeOptions serving;
    serving.connection.output_bytes_max = bytes;
    const Server server = serve_with<Giver>(system, serving, "127.0.0.1:0", std::ref(has_given));
    client = kernel_threads().start("client", [&, address = server.local_address()] {
        try {
            TcpStream stream = TcpStream::connect(address, soon());
            stream.write_all("go");
            while (!may_read) std::this_thread::yield();
            std::string part(1 << 16, ' ');
            for (std::size_t left = bytes; left > 0; left -= part.size()) stream.read_exactly(part);
            has_all = true;
        } catch (const std::exception&) {  // the test has failed, and ended
        }
    });
    struct Release {
        ~Release() { flag = true; }
        std::atomic<bool>& flag;
    };
    const Release at_end{may_read};
    const int fd = system.runtime().fd();
    const auto is_readable = [fd](int milliseconds) {
        pollfd waits{fd, POLLIN, 0};
        return ::poll(&waits, 1, milliseconds) == 1;
    };
    const auto drive = [&] {  // as a loop does that has no timer of its own
        const bool is_called = is_readable(20'000);
        while (system.runtime().run_for(1ms).more) continue;
        return is_called;
    };
    while (!has_given) ASSERT_TRUE(drive());
    while (is_readable(0)) ASSERT_TRUE(drive());  // then the kernel takes no more
    may_read = true;
    while (!has_all) ASSERT_TRUE(drive()) << "nobody asked for the rest to be sent";
}

}  // namespace greenroom::net
