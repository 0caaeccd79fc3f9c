// echo_server [actor|fiber] PORT WORKERS: sends back what it gets, an actor or a fiber for each
// connection, until SIGTERM or SIGINT; for the load clients of tests/bench/peers/net.
#include <signal.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/events.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <string>
#include <string_view>
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

void echo(greenroom::net::TcpStream stream) {
    char buffer[16 * 1024];
    std::error_code error;
    while (const std::size_t count = stream.read_some(std::span<char>{buffer}, error)) {
        stream.write_all({buffer, count}, error);
        if (error) return;
    }
}

void accept_all(const std::string& address) {
    auto listener = greenroom::net::TcpListener::bind(address);
    for (;;) {
        greenroom::spawn([stream = listener.accept()]() mutable {
            echo(std::move(stream));
        }).detach();
    }
}

void wait_for_the_end(const sigset_t& endings) {
    int ending = 0;
    sigwait(&endings, &ending);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view style = argc == 4 ? argv[1] : "actor";
    if (argc < 3 || argc > 4 || (style != "actor" && style != "fiber")) {
        std::fprintf(stderr, "usage: %s [actor|fiber] PORT WORKERS\n", argv[0]);
        return 2;
    }
    sigset_t endings;
    sigemptyset(&endings);
    sigaddset(&endings, SIGTERM);
    sigaddset(&endings, SIGINT);
    pthread_sigmask(SIG_BLOCK, &endings, nullptr);  // before the workers start, who inherit it

    rlimit descriptors{};
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);

    const std::string address = std::string{"127.0.0.1:"} + argv[argc - 2];
    greenroom::System system{{.runtime = {.workers = std::atoi(argv[argc - 1])}}};
    if (style == "fiber") {
        greenroom::spawn(system.runtime(), [address] { accept_all(address); }).detach();
        wait_for_the_end(endings);
        return 0;
    }
    const greenroom::net::Server server = greenroom::net::serve<Echo>(system, address);
    wait_for_the_end(endings);
    server.stop();
}
