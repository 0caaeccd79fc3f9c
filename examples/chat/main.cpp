// A chat server for IRC clients: the core of RFC 1459 and 2812.
//
// Shows     one actor for each connection (Session) and each channel (Channel), and one that knows
//           them all (Registry); asks that wait in place; sockets as messages; limits for whoever
//           misbehaves; an orderly end.
// Run       greenroom_chat --port 6667     and then, say, irssi -c 127.0.0.1
// Prints    greenroom_chat: listening on 127.0.0.1:6667
//           and, after SIGTERM or SIGINT, a report; after SIGUSR1, what everybody waits for.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/net/serve.hpp>

#include <csignal>
#include <cstdio>
#include <ctime>

#include "config.hpp"
#include "descriptors.hpp"
#include "options.hpp"
#include "registry.hpp"
#include "session.hpp"

using namespace std::chrono_literals;

namespace {

// The signals that end the server, and SIGUSR1. Blocked here, and so in all threads that are
// started later: they come out of wait().
class Signals {
public:
    Signals() {
        sigemptyset(&set_);
        for (int number : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set_, number);
        pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    }

    int wait() const {
        int number = 0;
        while (sigwait(&set_, &number) != 0) continue;
        return number;
    }

private:
    sigset_t set_;
};

std::shared_ptr<const chat::Config> make_config(const chat::Options& options) {
    auto log = std::make_shared<chat::Log>(options.log_level);
    greenroom::set_log_hook([log](greenroom::LogLevel level, std::string_view line) {
        log->write(static_cast<chat::LogLevel>(level), line);  // the library limits itself
    });
    const std::time_t now = std::time(nullptr);
    char text[32];
    std::tm parts{};
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&now, &parts));
    return std::make_shared<chat::Config>(chat::Config{options, text, std::move(log)});
}

greenroom::net::ServeOptions serve_options(const std::shared_ptr<const chat::Config>& config) {
    greenroom::net::ServeOptions options;
    options.connection.output_bytes_max = config->options.backlog_bytes_max;
    options.connections_max = chat::allow_connections(config->options.clients_max, *config->log);
    options.refuse = [config](greenroom::net::Connection& connection) {
        config->log->limited("full", "the server is full: refused a client");
        connection.send("ERROR :Closing link: the server is full\r\n");
    };
    return options;
}

// Tells everybody, and waits for them to go: for 3 s at most.
chat::Totals end_all(const greenroom::Ref<chat::Registry>& registry,
                     const greenroom::net::Server& server) {
    const greenroom::Deadline deadline = greenroom::Deadline::after(3s);
    server.stop();
    registry.tell(chat::EndAll{});
    chat::Progress progress;
    do {
        greenroom::sleep_for(10ms);
        progress = registry.ask(chat::ShowProgress{}, 1min);
    } while ((progress.present > 0 || server.stats().open > 0) && !deadline.has_passed());
    progress.totals.refused = server.stats().refused;
    progress.totals.without_descriptor = server.stats().without_descriptor;
    return progress.totals;
}

int serve(const chat::Options& options) {
    const Signals signals;
    const std::shared_ptr<const chat::Config> config = make_config(options);
    greenroom::System system;
    const auto registry = system.spawn<chat::Registry>(config);
    const auto server = greenroom::net::serve_with<chat::Session>(
        system, serve_options(config), greenroom::net::Address::of(options.host, options.port),
        config, registry);
    auto heartbeat = greenroom::spawn(system.runtime(), [registry] {
        for (;;) {
            greenroom::sleep_for(1s);
            registry.tell(chat::Tick{});
        }
    });
    std::printf("greenroom_chat: listening on %s\n", to_string(server.local_address()).c_str());
    std::fflush(stdout);

    int signal = signals.wait();
    for (; signal == SIGUSR1; signal = signals.wait()) std::fputs(system.dump().c_str(), stderr);
    const chat::Totals totals = end_all(registry, server);
    heartbeat.cancel();
    heartbeat.join();
    const auto report = system.stop(greenroom::StopPolicy::drain, greenroom::Deadline::after(3s));
    std::printf("greenroom_chat: ended by %s, %s\n%s", signal == SIGINT ? "SIGINT" : "SIGTERM",
                report.clean ? "all in order" : "not all in order",
                chat::report_text(totals).c_str());
    for (const std::string& survivor : report.survivors) {
        std::printf("  still there: %s\n", survivor.c_str());
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const chat::ParsedOptions parsed = chat::parse_options(argc, argv);
    if (!parsed.options) {
        std::fputs(parsed.message.c_str(), parsed.status == 0 ? stdout : stderr);
        return parsed.status;
    }
    try {
        return serve(*parsed.options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "greenroom_chat: %s\n", error.what());
        return 1;
    }
}
