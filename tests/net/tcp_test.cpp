// TcpListener and TcpStream, from fibers and from plain threads.
#include <greenroom/net/tcp.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/core/task.hpp>
#include <greenroom/net/framing.hpp>
#include <optional>
#include <thread>

#include "support/net_faulty_sockets.hpp"
#include "support/net_runtimes.hpp"

namespace greenroom::net {

using support::soon;
using namespace std::chrono_literals;

class TcpTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(TcpTest);

// Both ends of a connection, the server's accepted in a fiber.
struct Pair {
    explicit Pair(Runtime& runtime) {
        run(runtime, [this] {
            TcpListener listener = TcpListener::bind("127.0.0.1:0");
            client = TcpStream::connect(listener.local_address(), soon());
            server = listener.accept();
        });
    }
    TcpStream client, server;
};

TEST_P(TcpTest, EchoesLinesBetweenFibers) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    auto echo = spawn(runtime, [stream = std::move(pair.server)]() mutable {
        while (auto line = stream.next_line()) stream.write_all(*line + "\n");
    });
    run(runtime, [&] {
        for (int i = 0; i < 200; ++i) {
            pair.client.write_all("line " + std::to_string(i) + "\r\n");
            EXPECT_EQ(pair.client.read_line(), "line " + std::to_string(i));
        }
        pair.client.shutdown_write();
        EXPECT_THROW(pair.client.read_line(), EndOfStream);
    });
    echo.get();
}

TEST_P(TcpTest, ASocketThatIsItsOwnPeerIsRefused) {
    support::FaultySockets sockets;
    Runtime runtime{runtime_options()};
    use_sockets(runtime, sockets);
    std::optional<TcpListener> listener{TcpListener::bind("127.0.0.1:0")};
    const Address nobody = listener->local_address();
    listener.reset();
    sockets.connects_to_itself = true;
    run(runtime, [&] {
        try {
            TcpStream::connect(nobody, soon());
            ADD_FAILURE() << "it speaks to itself";
        } catch (const std::system_error& error) {
            EXPECT_EQ(error.code(), std::errc::connection_refused);
        }
    });
}

TEST_P(TcpTest, WorksFromPlainThreadsAsWell) {
    Runtime runtime{runtime_options()};
    TcpListener listener = TcpListener::bind("127.0.0.1:0");
    auto client = spawn(runtime, [address = listener.local_address()] {
        TcpStream stream = TcpStream::connect(address);
        stream.write_all("hello\n");
        return stream.read_line();
    });
    TcpStream stream = listener.accept();
    EXPECT_EQ(stream.read_line(), "hello");
    char unused[1];
    EXPECT_EQ(stream.read_some_before(Deadline::after(1ms), unused), std::nullopt);
    stream.write_all("you too\n");
    EXPECT_EQ(client.get(), "you too");
}

// Property: every byte arrives, in order, though neither end takes all that it is offered.
TEST_P(TcpTest, CarriesMegabytesThroughShortWrites) {
    support::FaultySockets sockets;
    Runtime runtime{runtime_options()};
    use_sockets(runtime, sockets);
    Pair pair{runtime};
    sockets.send_bytes_max = 7001;
    std::string sent;
    for (int i = 0; sent.size() < 3'000'000; ++i) sent += std::to_string(i) + ",";
    auto writer = spawn(runtime, [&] {
        pair.server.write_all(sent);
        pair.server.close();
    });
    const std::string received = run(runtime, [&] {
        std::string all(sent.size() + 1, '?');
        all.resize(pair.client.read_exactly(std::span<char>{all}));
        return all;
    });
    writer.get();
    EXPECT_TRUE(received == sent);
}

TEST_P(TcpTest, AReadGivesUpAtItsDeadlineAndLosesNothing) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    run(runtime, [&] {
        char buffer[16];
        EXPECT_EQ(pair.server.read_some_before(Deadline::after(2ms), buffer), std::nullopt);
        EXPECT_EQ(pair.server.read_line_before(Deadline::after(2ms)), std::nullopt);
        pair.client.write_all("ab");
        EXPECT_EQ(pair.server.read_line_before(Deadline::after(5ms)), std::nullopt);
        pair.client.write_all("c\n");
        EXPECT_EQ(pair.server.read_line(), "abc");
    });
}

TEST_P(TcpTest, AWriteGivesUpAtItsDeadline) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    run(runtime, [&] {
        const std::string much(1 << 20, 'x');
        while (pair.server.write_all_before(Deadline::after(5ms), much)) {
        }
    });
}

TEST_P(TcpTest, AnAcceptGivesUpAtItsDeadline) {
    Runtime runtime{runtime_options()};
    run(runtime, [&] {
        TcpListener listener = TcpListener::bind("127.0.0.1:0");
        EXPECT_FALSE(listener.accept_before(Deadline::after(2ms)).has_value());
    });
}

TEST_P(TcpTest, ACancelledFiberLeavesItsRead) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    Task<void> reader = spawn(runtime, [&] { pair.server.read_line(); });
    EXPECT_TRUE(support::eventually(
        [&] { return runtime.dump().find("socket to be readable") != std::string::npos; }));
    reader.cancel();
    EXPECT_THROW(reader.get(), Error);
    run(runtime, [&] {
        pair.client.write_all("still there\n");
        EXPECT_EQ(pair.server.read_line(), "still there");
    });
}

TEST_P(TcpTest, ClosingWakesWhoWaitsForIt) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    auto reader = spawn(runtime, [&] {
        char buffer[1];
        std::error_code error;
        EXPECT_EQ(pair.server.read_some(std::span<char>{buffer}, error), 0u);
        return error;
    });
    EXPECT_TRUE(support::eventually(
        [&] { return runtime.dump().find("socket to be readable") != std::string::npos; }));
    pair.server.close();
    EXPECT_EQ(reader.get(), Errc::closed);
    EXPECT_FALSE(pair.server);
}

TEST_P(TcpTest, ClosingWakesAPlainThreadToo) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    std::error_code error;
    std::thread reader([&] {
        char buffer[1];
        pair.server.read_some(std::span<char>{buffer}, error);
    });
    run(runtime, [&] { pair.client.write_all("x"); });  // whether it waits by now or not
    reader.join();
    std::thread again([&] {
        char buffer[1];
        pair.server.read_some(std::span<char>{buffer}, error);
    });
    pair.server.close();
    again.join();
    EXPECT_EQ(error, Errc::closed);
}

TEST_P(TcpTest, TheEndOfTheStreamIsAnOutcome) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    run(runtime, [&] {
        pair.client.write_all("last words");
        pair.client.shutdown_write();
        EXPECT_EQ(pair.server.read_line(), "last words");
        char buffer[8];
        EXPECT_EQ(pair.server.read_some(buffer), 0u);
        EXPECT_EQ(pair.server.next_line(), std::nullopt);
        pair.server.write_all("and yet\n");  // the other half is open
        EXPECT_EQ(pair.client.read_line(), "and yet");
    });
}

TEST_P(TcpTest, ALineBeyondTheLimitIsANamedError) {
    Runtime runtime{runtime_options()};
    Pair pair{runtime};
    run(runtime, [&] {
        pair.client.write_all(std::string(300, 'x') + "\n");
        EXPECT_THROW(pair.server.read_line(100), LineTooLong);
        pair.client.write_all(std::string(9000, 'x'));
        EXPECT_THROW(pair.server.read_line(100), LineTooLong);
    });
}

TEST_P(TcpTest, ErrorsTellTheirStory) {
    Runtime runtime{runtime_options()};
    run(runtime, [&] {
        TcpListener listener = TcpListener::bind("127.0.0.1:0");
        const Address address = listener.local_address();
        try {
            TcpListener::bind(address);
            ADD_FAILURE() << "two listeners on one port";
        } catch (const std::system_error& error) {
            EXPECT_EQ(error.code(), std::errc::address_in_use);
            EXPECT_THAT(error.what(), testing::HasSubstr("choose another port"));
            EXPECT_THAT(error.what(), testing::HasSubstr(to_string(address)));
        }
        listener.close();
        try {
            TcpStream::connect(address, soon());
            ADD_FAILURE() << "connected to nobody";
        } catch (const std::system_error& error) {
            EXPECT_EQ(error.code(), std::errc::connection_refused);
        }
        EXPECT_THROW(listener.accept(), Error);
    });
}

TEST_P(TcpTest, AcceptsAgainWhenDescriptorsAreBack) {
    support::FaultySockets sockets;
    Runtime runtime{runtime_options()};
    use_sockets(runtime, sockets);
    run(runtime, [&] {
        TcpListener listener = TcpListener::bind("127.0.0.1:0");
        TcpStream client = TcpStream::connect(listener.local_address());
        sockets.accept_failures = 2;
        TcpStream stream = listener.accept();
        EXPECT_EQ(sockets.accept_failures, 0);
        sockets.accept_error = ECONNABORTED;
        sockets.accept_failures = 3;
        TcpStream second = TcpStream::connect(listener.local_address());
        EXPECT_TRUE(listener.accept());
    });
}

TEST_P(TcpTest, AStreamOutlivesTheRuntimeThatWatchedIt) {
    std::optional<Pair> pair;
    {
        Runtime runtime{runtime_options()};
        pair.emplace(runtime);
        run(runtime, [&] {
            char buffer[1];
            EXPECT_EQ(pair->server.read_some_before(Deadline::after(1ms), buffer), std::nullopt);
        });
    }
    Runtime another{runtime_options()};
    auto reader = spawn(another, [&] { return pair->server.read_line(); });
    pair->client.write_all("hello\n");
    EXPECT_EQ(reader.get(), "hello");
}

TEST_P(TcpTest, UseSocketsComesBeforeTheFirstUse) {
    support::FaultySockets sockets;
    Runtime runtime{runtime_options()};
    run(runtime, [] { TcpListener::bind("127.0.0.1:0"); });
    EXPECT_THROW(use_sockets(runtime, sockets), Error);
}

}  // namespace greenroom::net
