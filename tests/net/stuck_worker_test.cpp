// Connections of a worker that is stuck in a long handler: their events come to their actors by
// the monitor's hand, which run elsewhere.
#include <gtest/gtest.h>

#include <atomic>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <vector>

#include "support/net_runtimes.hpp"
#include "support/net_sessions.hpp"

namespace greenroom::net {

using support::echoed;
using support::EchoSession;
using support::eventually;
using support::soon;
using namespace std::chrono_literals;

namespace {

class StuckWorkerTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(StuckWorkerTest);

// Keeps a worker to itself, without a wait, until it is told to let go.
class Hog {
public:
    explicit Hog(Runtime& runtime) {
        task_ = spawn(runtime, [this] {
            holds_.set();
            while (!lets_go_.load(std::memory_order_acquire)) kernel_threads().pause();
        });
        holds_.wait();
    }
    ~Hog() { let_go(); }
    void let_go() { lets_go_.store(true, std::memory_order_release); }

private:
    Event holds_;
    std::atomic<bool> lets_go_{false};
    Task<void> task_;  // the last: it uses the others
};

}  // namespace

TEST_P(StuckWorkerTest, TheConnectionsOfAWorkerAreServedWhileItIsStuck) {
    if (GetParam() == 1) return;  // there is no elsewhere
    System system{options()};
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    std::vector<TcpStream> clients;
    // Some on each worker.
    for (int i = 0; i < 4 * GetParam(); ++i) {
        clients.push_back(TcpStream::connect(server.local_address(), soon()));
        ASSERT_EQ(echoed(clients.back(), "before"), "before");
    }
    for (int i = 0; i < 5; ++i) {
        const Hog hog{system.runtime()};
        for (TcpStream& client : clients) ASSERT_EQ(echoed(client, "now"), "now");
        TcpStream late = TcpStream::connect(server.local_address(), soon());
        EXPECT_EQ(echoed(late, "late"), "late");
    }
}

// Property  Events that the monitor and a worker which comes back collect at the same time come to
//           their connections once, and no connection that is closed meanwhile is touched.
TEST_P(StuckWorkerTest, AWorkerThatComesBackMeetsTheMonitor) {
    if (GetParam() == 1) return;
    System system{options()};
    const Server server = serve<EchoSession>(system, "127.0.0.1:0");
    std::atomic<bool> over{false};
    auto hogs = kernel_threads().start("hogs", [&] {
        while (!over) {
            Hog hog{system.runtime()};
            // Long enough for the monitor to come, which is when the worker comes back.
            const Deadline until = Deadline::after(1500us);
            while (!until.has_passed()) kernel_threads().pause();
        }
    });
    std::vector<std::unique_ptr<Threads::Handle>> threads;
    for (int client = 0; client < 2; ++client) {
        threads.push_back(kernel_threads().start("client", [&] {
            for (int i = 0; i < 150; ++i) {
                TcpStream stream = TcpStream::connect(server.local_address(), soon());
                ASSERT_EQ(echoed(stream, "a"), "a");
                ASSERT_EQ(echoed(stream, "bc"), "bc");
            }
        }));
    }
    threads.clear();
    over = true;
    hogs.reset();
    EXPECT_TRUE(eventually([&] { return server.stats().open == 0; }));
    EXPECT_EQ(server.stats().accepted, 300u);
}

// Property  A wake that the monitor meets in a worker's epoll is not lost to a worker that came
//           back and parked: else its runtime never ends, or what it was woken for never runs.
TEST_P(StuckWorkerTest, AWakeThatTheMonitorMeetsIsNotLost) {
    System system{options()};
    const Server brings_the_driver = serve<EchoSession>(system, "127.0.0.1:0");
    Runtime& runtime = system.runtime();
    int late = 0;
    for (int i = 0; i < 300; ++i) {
        // It ends about when the monitor comes for it, and then its worker parks; from here comes
        // the next wake.
        auto busy = spawn(runtime, [i] {
            const Deadline until = Deadline::after(900us + (i % 40) * 10us);
            while (!until.has_passed()) kernel_threads().pause();
        });
        busy.join();
        auto next = spawn(runtime, [] {});
        if (!next.join_before(soon())) ++late;
    }
    EXPECT_EQ(late, 0);
}

}  // namespace greenroom::net
