// echo_server PORT WORKERS: sends back what it gets, an actor a connection, until SIGTERM or SIGINT;
// for the load clients of tests/bench/peers/net.
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/events.hpp>
#include <greenroom/net/serve.hpp>
#include <string>
#include <utility>

namespace {

class Echo : public greenroom::Actor {
public:
    explicit Echo(greenroom::net::Connection peer) : peer_{std::move(peer)} {}
    void on(greenroom::net::Received bytes) { peer_.send(bytes); }
    void on(greenroom::net::Closed) { stop(); }

private:
    greenroom::net::Connection peer_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s PORT WORKERS\n", argv[0]);
        return 2;
    }
    sigset_t endings;
    sigemptyset(&endings);
    sigaddset(&endings, SIGTERM);
    sigaddset(&endings, SIGINT);
    pthread_sigmask(SIG_BLOCK, &endings, nullptr);  // before the workers start, who inherit it

    greenroom::System system{{.runtime = {.workers = std::atoi(argv[2])}}};
    const greenroom::net::Server server =
        greenroom::net::serve<Echo>(system, std::string{"127.0.0.1:"} + argv[1]);
    int ending = 0;
    sigwait(&endings, &ending);
    server.stop();
}
