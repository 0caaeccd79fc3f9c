// Timeout scopes around the calls of sockets.
#include <gtest/gtest.h>

#include <greenroom/core/gather.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/timeout.hpp>
#include <greenroom/net/tcp.hpp>
#include <string>
#include <utility>

#include "support/net_runtimes.hpp"

namespace greenroom::net {

using namespace std::chrono_literals;

class TcpTimeoutTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(TcpTimeoutTest);

TEST_P(TcpTimeoutTest, AScopeEndsReadsWritesAndAccepts) {
    Runtime runtime{runtime_options()};
    run(runtime, [] {
        TcpListener listener = TcpListener::bind("127.0.0.1:0");
        TcpStream client = TcpStream::connect(listener.local_address(), support::soon());
        TcpStream server = listener.accept();
        EXPECT_THROW(with_timeout(2ms, [&] { (void)listener.accept(); }), Timeout);
        EXPECT_THROW(with_timeout(2ms, [&] { (void)client.read_line(); }), Timeout);
        const std::string much(1 << 20, 'x');
        EXPECT_THROW(with_timeout(20ms,
                                  [&] {
                                      for (;;) client.write_all(much);
                                  }),
                     Timeout);
        // In a structured task, whose parent has the scope.
        EXPECT_THROW(with_timeout(2ms,
                                  [&] {
                                      gather([&] { (void)listener.accept(); },
                                             [&] { (void)listener.accept(); });
                                  }),
                     Timeout);
    });
}

TEST_P(TcpTimeoutTest, AScopeEndsTheReadOfAPlainThread) {
    Runtime runtime{runtime_options()};
    TcpListener listener = TcpListener::bind("127.0.0.1:0");
    TcpStream client = TcpStream::connect(listener.local_address(), support::soon());
    TcpStream server = listener.accept();
    EXPECT_THROW(with_timeout(2ms, [&] { (void)client.read_line(); }), Timeout);
    server.write_all("still there\n");
    EXPECT_EQ(client.read_line(), "still there");
}

}  // namespace greenroom::net
