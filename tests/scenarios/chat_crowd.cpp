// A crowd in the chat: 2,000 clients in 50 channels, 20 of which never read; one channel's actor is
// killed on the way; SIGTERM at the end.
//
// Run      chat_crowd [PROGRAM [MESSAGES]]   (greenroom_chat beside it; how many each talker says)
// Shows    The server, started with a soft limit of 1,024 descriptors, takes them all. Everybody
//          outside the killed channel hears every message, in order. Its members are told, and meet
//          again in a new one. Memory stays bounded. The server ends with status 0 and a report.
// Prints   figures, and the server's report.
#include "chat/crowd.hpp"

using namespace std::chrono_literals;
using namespace chat_test;

namespace {

constexpr std::size_t backlog_bytes = 65'536;  // what the server may keep for one who is slow
// What one talker says to the deaf: enough to fill the kernel's buffers as well.
constexpr std::uint32_t messages_to_the_deaf = 3'000;

// A sanitizer takes its time, and memory of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#elif defined(__has_feature)
constexpr bool is_sanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool is_sanitized = false;
#endif

// The largest memory seen; looks every tenth of a second.
class MemoryWatch {
public:
    explicit MemoryWatch(const ServerProcess& server) : server_{server} {}

    void look() {
        const SteadyTime now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + 100ms;
        largest_kib_ = std::max(largest_kib_, server_.memory_kib());
    }

    std::size_t largest_kib() const noexcept { return largest_kib_; }

private:
    const ServerProcess& server_;
    SteadyTime next_{};
    std::size_t largest_kib_ = 0;
};

// Turns the crowd until `condition` holds. Fails when nothing new is heard for too long.
template <class Condition>
void turn_until(Crowd& crowd, ServerProcess& server, MemoryWatch& memory, const std::string& what,
                Condition condition) {
    constexpr auto patience = 20s;
    std::size_t heard = crowd.heard();
    SteadyTime deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        crowd.turn(20ms);
        server.output();
        memory.look();
        const SteadyTime now = std::chrono::steady_clock::now();
        if (crowd.heard() != heard) deadline = now + patience;
        heard = crowd.heard();
        if (now > deadline) {
            fail("waited in vain for " + what + ": heard " + std::to_string(heard) + " of " +
                 std::to_string(crowd.expected()) + "; the server said:\n" + server.output());
        }
    }
}

void allow_many_descriptors() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

double seconds_since(SteadyTime begun) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

void check(bool holds, const std::string& what) {
    if (!holds) fail(what);
}

// The figure that follows `name` in the server's report.
std::size_t reported(const std::string& report, const std::string& name) {
    const std::size_t at = report.rfind(name);
    if (at == std::string::npos) fail("no '" + name + "' in the report:\n" + report);
    return std::strtoul(report.c_str() + at + name.size(), nullptr, 10);
}

void gather(Crowd& crowd, const ServerProcess& server, const CrowdPlan& plan) {
    const std::size_t bare_kib = server.memory_kib();
    const SteadyTime begun = std::chrono::steady_clock::now();
    crowd.gather();
    std::printf("joined: %zu clients in %zu channels after %.2f s, %zu bytes of the server each\n",
                plan.clients, plan.channels, seconds_since(begun),
                (server.memory_kib() - bare_kib) * 1024 / plan.clients);
}

void talk(Crowd& crowd, ServerProcess& server, MemoryWatch& memory) {
    const SteadyTime begun = std::chrono::steady_clock::now();
    const double cpu_before = server.cpu_seconds();
    crowd.start_talking();
    turn_until(crowd, server, memory, "half of the messages",
               [&] { return crowd.heard() >= crowd.expected() / 2; });
    crowd.kill_channel();
    turn_until(crowd, server, memory, "the killed channel's members to be told and meet again",
               [&] { return crowd.all_kicked() && crowd.all_rejoined(); });
    turn_until(crowd, server, memory, "all messages", [&] { return crowd.all_heard(); });
    const auto heard = static_cast<double>(crowd.heard());
    std::printf("heard: %zu of %zu, %zu out of order; %.0f a second, %.2f us of the server's CPU\n",
                crowd.heard(), crowd.expected(), crowd.out_of_order(), heard / seconds_since(begun),
                (server.cpu_seconds() - cpu_before) * 1e6 / heard);
    check(crowd.out_of_order() == 0, "messages out of order");
    check(crowd.lost() == 0, "clients that read were cut off");
}

// What each client may need, what may wait for the slow ones, and something to spare.
void check_memory(const MemoryWatch& memory, const CrowdPlan& plan) {
    const std::size_t bound_kib =
        plan.clients * 16 + plan.deaf * 2 * backlog_bytes / 1024 + std::size_t{64} * 1024;
    std::printf("memory: %zu KiB at most\n", memory.largest_kib());
    check(is_sanitized || memory.largest_kib() < bound_kib,
          "memory above " + std::to_string(bound_kib) + " KiB");
}

void end(Crowd& crowd, ServerProcess& server, MemoryWatch& memory, const CrowdPlan& plan) {
    const SteadyTime begun = std::chrono::steady_clock::now();
    server.terminate();
    std::optional<int> status;
    turn_until(crowd, server, memory, "the server to end", [&] {
        if (!status) status = server.ended();
        return status && crowd.all_ended();
    });
    std::printf("end: status %d after %.2f s\n", WEXITSTATUS(*status), seconds_since(begun));
    std::fputs(server.output().c_str(), stdout);
    check(WIFEXITED(*status) && WEXITSTATUS(*status) == 0, "the server ended badly");
    check(seconds_since(begun) < 10, "the end took too long");
    check(crowd.lost() == 0, std::to_string(crowd.lost()) + " clients had no goodbye");
    check(reported(server.output(), "clients served") == plan.clients, "the report's clients");
    check(reported(server.output(), "dropped, slow") == plan.deaf, "the report's slow clients");
}

void run(int argc, char** argv) {
    allow_many_descriptors();
    CrowdPlan plan;
    const std::string program = argc > 1 ? argv[1] : program_beside("greenroom_chat");
    plan.messages_of_talker = is_sanitized ? 60 : 300;
    if (argc > 2) plan.messages_of_talker = static_cast<std::uint32_t>(std::atoi(argv[2]));
    plan.loudness = messages_to_the_deaf / plan.messages_of_talker;
    ServerProcess server{program,
                         {"--port", "0", "--enable-test-commands", "--log-level", "warning",
                          "--max-backlog", std::to_string(backlog_bytes)},
                         1'024};
    plan.port = server.port();
    Crowd crowd{plan};
    MemoryWatch memory{server};
    gather(crowd, server, plan);
    talk(crowd, server, memory);
    check_memory(memory, plan);
    end(crowd, server, memory, plan);
    std::puts("the crowd: all as expected");
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(argc, argv);
        return 0;
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "FAILED: %s\n", failure.what());
        return 1;
    }
}
