// fork() in a program with connections: the child takes nothing from them, and sends nothing.
// Not under ThreadSanitizer: it lets no child of a program with threads start any.
// Not under AddressSanitizer: see tests/core/fork_test.cpp.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <optional>

#include "support/net_runtimes.hpp"
#include "support/net_sessions.hpp"

namespace greenroom::net {

using support::echoed;
using support::EchoSession;
using support::soon;

class NetForkTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(NetForkTest);

TEST_P(NetForkTest, TheParentsConnectionsGoOnWhileTheChildEndsItsCopiesAndServesOnItsOwn) {
    std::optional<System> system{std::in_place, options()};
    std::optional<Server> server{serve<EchoSession>(*system, "127.0.0.1:0")};
    std::optional<TcpStream> client{TcpStream::connect(server->local_address(), soon())};
    ASSERT_EQ(echoed(*client, "before"), "before");
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(30);
        client.reset();  // of the parent: closes the child's copies of the descriptors alone
        server.reset();
        system.reset();
        System own{options()};
        const Server served = serve<EchoSession>(own, "127.0.0.1:0");
        TcpStream mine = TcpStream::connect(served.local_address(), soon());
        ::_exit(echoed(mine, "child") == "child" ? 0 : 1);
    }
    EXPECT_EQ(echoed(*client, "meanwhile"), "meanwhile");
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status)) << "signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(echoed(*client, "after"), "after");
    TcpStream another = TcpStream::connect(server->local_address(), soon());
    EXPECT_EQ(echoed(another, "new"), "new");
}

}  // namespace greenroom::net
