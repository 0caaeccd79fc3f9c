// Connection, Listener and serve: events as messages, limits, faults, ends.
#include <greenroom/net/connection.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <future>
#include <greenroom/core/task.hpp>
#include <greenroom/net/framing.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <optional>
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

class ConnectionTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(ConnectionTest);

TEST_P(ConnectionTest, EchoesToManyClientsEachInItsOrder) {
    System system{options()};
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    std::vector<Task<void>> clients;
    for (int client = 0; client < 20; ++client) {
        clients.push_back(spawn(system.runtime(), [address = server.local_address(), client] {
            TcpStream stream = TcpStream::connect(address, soon());
            for (int i = 0; i < 50; ++i) {
                const std::string text = std::to_string(client) + ":" + std::to_string(i) + ";";
                ASSERT_EQ(echoed(stream, text), text);
            }
            const std::string large(100'000, static_cast<char>('a' + client));
            ASSERT_TRUE(echoed(stream, large) == large);
        }));
    }
    for (auto& client : clients) client.get();
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
    EXPECT_EQ(server.stats().accepted, 20u);
}

TEST_P(ConnectionTest, APeerThatVanishesMidLineIsHeardOf) {
    struct Lines : Actor {
        Lines(Connection peer, std::atomic<int>& lines, std::atomic<int>& ends)
            : peer_{std::move(peer)}, lines_{lines}, ends_{ends} {}
        void on(Received bytes) {
            for (const Line& line : framer_.lines(bytes)) {
                EXPECT_EQ(line.text, "whole");
                ++lines_;
            }
        }
        void on(Closed) {
            ++ends_;
            stop();
        }
        Connection peer_;
        LineFramer framer_;
        std::atomic<int>&lines_, &ends_;
    };
    std::atomic<int> lines{0}, ends{0};
    System system{options()};
    const Server server = serve<Lines>(system, "127.0.0.1:0", std::ref(lines), std::ref(ends));
    TcpStream::connect(server.local_address(), soon()).write_all("whole\nwhole\nhal");
    EXPECT_TRUE(eventually([&] { return ends == 1; }));
    EXPECT_EQ(lines, 2);
}

TEST_P(ConnectionTest, AnErrorOfTheKernelReachesTheOwnerOnce) {
    struct Errors : Actor {
        Errors(Connection peer, std::atomic<int>& errors)
            : peer_{std::move(peer)}, errors_{errors} {}
        void on(Received bytes) { peer_.send(bytes); }
        void on(Closed closed) {
            EXPECT_EQ(closed.reason, CloseReason::failed);
            EXPECT_EQ(closed.error, std::errc::connection_reset);
            EXPECT_EQ(to_string(closed), closed.error.message());
            ++errors_;
            stop();
        }
        Connection peer_;
        std::atomic<int>& errors_;
    };
    support::FaultySockets sockets;
    std::atomic<int> errors{0};
    System system{options()};
    use_sockets(system.runtime(), sockets);
    const Server server = serve<Errors>(system, "127.0.0.1:0", std::ref(errors));
    TcpStream one = TcpStream::connect(server.local_address(), soon());
    EXPECT_EQ(echoed(one, "x"), "x");
    sockets.send_error = ECONNRESET;  // of what the server sends; plain threads have the kernel's
    one.write_all("y");
    EXPECT_TRUE(eventually([&] { return errors == 1; }));
    sockets.send_error = 0;
    sockets.receive_error = ECONNRESET;
    TcpStream two = TcpStream::connect(server.local_address(), soon());
    two.write_all("z");
    EXPECT_TRUE(eventually([&] { return errors == 2; }));
}

struct Resume {};

TEST_P(ConnectionTest, PausedItReadsNothingUntilItResumes) {
    struct Pauses : Actor {
        Pauses(Connection peer, std::atomic<int>& bytes, std::promise<Ref<Pauses>>& me)
            : peer_{std::move(peer)}, bytes_{bytes}, me_{me} {}
        void on(Received received) {
            bytes_ += static_cast<int>(received.size());
            peer_.pause();
            peer_.send("paused\n");
        }
        void on(Closed) { stop(); }
        void on(Resume) { peer_.resume(); }
        void on_start() override { me_.set_value(self(this)); }
        Connection peer_;
        std::atomic<int>& bytes_;
        std::promise<Ref<Pauses>>& me_;
    };
    std::atomic<int> bytes{0};
    std::promise<Ref<Pauses>> me;
    System system{options()};
    const Server server = serve<Pauses>(system, "127.0.0.1:0", std::ref(bytes), std::ref(me));
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    client.write_all("1");
    EXPECT_EQ(client.read_line(), "paused");
    client.write_all("234");
    EXPECT_EQ(client.read_line_before(Deadline::after(5ms)), std::nullopt);
    EXPECT_EQ(bytes, 1);
    me.get_future().get().tell(Resume{});
    EXPECT_EQ(client.read_line(), "paused");
    EXPECT_EQ(bytes, 4);
}

TEST_P(ConnectionTest, PausedItHearsThatThePeerHasGone) {
    struct Pauses : Actor {
        Pauses(Connection peer, std::atomic<int>& bytes, std::atomic<int>& ends)
            : peer_{std::move(peer)}, bytes_{bytes}, ends_{ends} {}
        void on(Received received) {
            bytes_ += static_cast<int>(received.size());
            peer_.pause();
            peer_.send("paused\n");
        }
        void on(Closed closed) {
            EXPECT_EQ(closed.reason, CloseReason::failed);
            EXPECT_EQ(closed.error, std::errc::connection_reset);
            ++ends_;
            stop();
        }
        Connection peer_;
        std::atomic<int>&bytes_, &ends_;
    };
    std::atomic<int> bytes{0}, ends{0};
    System system{options()};
    const Server server = serve<Pauses>(system, "127.0.0.1:0", std::ref(bytes), std::ref(ends));
    Connection client = Connection::connect(server.local_address(), soon());
    client.send("1");
    ASSERT_TRUE(eventually([&] { return bytes == 1; }));
    client.send("234");
    client.close_now();  // a reset
    EXPECT_TRUE(eventually([&] { return ends == 1; }));
    EXPECT_EQ(bytes, 1) << "it was paused";
}

TEST_P(ConnectionTest, ListeningOnAllIPv6AddressesTakesIPv4UnlessToldNotTo) {
    System system{options()};
    ServeOptions given;
    const Server both = serve_with<EchoSession>(system, given, "[::]:0");
    const std::uint16_t port = both.local_address().port();
    TcpStream client = TcpStream::connect(Address::of("127.0.0.1", port), soon());
    EXPECT_EQ(echoed(client, "four"), "four");
    given.listen.only_ipv6 = true;
    const Server six = serve_with<EchoSession>(system, given, "[::]:0");
    const std::uint16_t its_port = six.local_address().port();
    EXPECT_THROW(TcpStream::connect(Address::of("127.0.0.1", its_port), soon()), std::system_error);
}

TEST_P(ConnectionTest, BeyondTheLimitOfConnectionsTheyAreRefusedInWords) {
    System system{options()};
    ServeOptions limited;
    limited.connections_max = 2;
    limited.refuse = [](Connection& connection) { connection.send("full\n"); };
    const Server server = serve_with<EchoSession>(system, limited, "127.0.0.1:0");
    std::vector<TcpStream> clients;
    for (int i = 0; i < 2; ++i) {
        clients.push_back(TcpStream::connect(server.local_address(), soon()));
        EXPECT_EQ(echoed(clients.back(), "a"), "a");
    }
    TcpStream third = TcpStream::connect(server.local_address(), soon());
    EXPECT_EQ(third.read_line(), "full");
    EXPECT_THROW(third.read_line(), EndOfStream);
    EXPECT_EQ(server.stats().refused, 1u);
    clients.pop_back();
    EXPECT_TRUE(eventually([&] { return server.stats().open == 1; }));
    TcpStream fourth = TcpStream::connect(server.local_address(), soon());
    EXPECT_EQ(echoed(fourth, "b"), "b");
}

TEST_P(ConnectionTest, WithoutDescriptorsItServesOnAndAcceptsLater) {
    support::FaultySockets sockets;
    System system{options()};
    use_sockets(system.runtime(), sockets);
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    TcpStream one = TcpStream::connect(server.local_address(), soon());
    EXPECT_EQ(echoed(one, "a"), "a");
    sockets.accept_failures = 3;
    TcpStream two = TcpStream::connect(server.local_address(), soon());
    EXPECT_EQ(echoed(one, "b"), "b");
    EXPECT_EQ(echoed(two, "c"), "c");
    EXPECT_EQ(server.stats().without_descriptor, 3u);
}

// Property: of clients that come and go, reusing each other's descriptors, none gets or loses what
// is another's.
TEST_P(ConnectionTest, ReusedDescriptorsKeepTheirConnectionsApart) {
    System system{options()};
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    std::vector<Task<void>> clients;
    for (int client = 0; client < 4; ++client) {
        clients.push_back(spawn(system.runtime(), [address = server.local_address(), client] {
            for (int i = 0; i < 40; ++i) {
                TcpStream stream = TcpStream::connect(address, soon());
                const std::string text = std::to_string(client) + "/" + std::to_string(i);
                if (i % 3 == 0) {
                    stream.write_all(text);  // and goes without an answer
                } else {
                    ASSERT_EQ(echoed(stream, text), text);
                }
            }
        }));
    }
    for (auto& client : clients) client.get();
    EXPECT_TRUE(eventually([&] { return server.stats().accepted == 160; }));
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
}

TEST_P(ConnectionTest, ASessionThatCannotBeMadeIsRefused) {
    struct Picky : EchoSession {
        explicit Picky(Connection peer) : EchoSession{std::move(peer)} {
            throw std::runtime_error{"not today"};
        }
    };
    System system{options()};
    const Server server = serve<Picky>(system, "127.0.0.1:0");
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    EXPECT_THROW(client.read_line(), EndOfStream);
    EXPECT_TRUE(eventually([&] { return server.stats().refused == 1; }));
}

TEST_P(ConnectionTest, AStoppedServerGivesUpThePortAndKeepsItsSessions) {
    System system{options()};
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    TcpStream client = TcpStream::connect(server.local_address(), soon());
    EXPECT_EQ(echoed(client, "a"), "a");
    server.stop();
    EXPECT_TRUE(eventually([&] {
        std::error_code refused;
        try {
            TcpStream::connect(server.local_address(), soon());
        } catch (const std::system_error& error) {
            refused = error.code();
        }
        return refused == std::errc::connection_refused;
    }));
    EXPECT_EQ(echoed(client, "b"), "b");
}

TEST_P(ConnectionTest, AnOwnActorMayConnectAndBeTold) {
    struct Dials : Actor {
        Dials(const Address& to, std::atomic<int>& answers) : to_{to}, answers_{answers} {}
        void on_start() override {
            peer_ = Connection::connect(to_, soon());
            peer_.deliver_to(self(this));
            peer_.send("hello");
        }
        void on(Received bytes) {
            EXPECT_EQ(bytes.text(), "hello");
            EXPECT_NE(peer_.peer_address(), Address{});
            ++answers_;
        }
        void on(Closed) { stop(); }
        Address to_;
        std::atomic<int>& answers_;
        Connection peer_;
    };
    std::atomic<int> answers{0};
    System system{options()};
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    system.spawn<Dials>(server.local_address(), answers);
    EXPECT_TRUE(eventually([&] { return answers == 1; }));
}

}  // namespace greenroom::net
