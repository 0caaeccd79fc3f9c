// An idle system uses no processor: 100,000 actors and 1,000 open connections, after a burst of
// messages through all of them, are watched for ten seconds.
//
// Prints the processor time in percent and the system calls a second, and fails from 0.1 % or 10 a
// second on. The system runs in a child process. Its time is the scheduler's own account, in
// nanoseconds; its calls are counted by strace, and where there is none, by how often its threads
// went to sleep, which in an idle program each call ends with.
// Not under ThreadSanitizer: its own thread wakes ten times a second.
// Not under AddressSanitizer: the measure is of a program as users build it.
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <greenroom/actors/system.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <sstream>
#include <string>
#include <vector>

namespace {

using namespace greenroom;

constexpr int actors = 100'000;
constexpr int connections = 1'000;
constexpr int rounds = 20;
constexpr int watch_seconds = 10;
constexpr double percent_max = 0.1;
constexpr double calls_a_second_max = 10;

struct Touch {};

class Idler : public Actor {
public:
    int on(Touch) { return ++touched_; }

private:
    int touched_ = 0;
};

class Echo : public Actor {
public:
    explicit Echo(net::Connection peer) : peer_{std::move(peer)} {}
    void on(net::Received bytes) { peer_.send(bytes); }
    void on(net::Closed) { stop(); }

private:
    net::Connection peer_;
};

void allow_descriptors() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// The child: tells its port when the actors have had their burst, and then only serves.
[[noreturn]] void serve_until_killed(int report) {
    System system;
    std::vector<Ref<Idler>> idlers;
    for (int i = 0; i < actors; ++i) idlers.push_back(system.spawn<Idler>());
    for (int round = 0; round < rounds; ++round) {
        for (const auto& idler : idlers) idler.tell(Touch{});
    }
    if (idlers.back().ask(Touch{}) != rounds + 1) std::abort();
    const net::Server server = net::serve<Echo>(system, "127.0.0.1:0");
    const std::uint16_t port = server.local_address().port();
    if (write(report, &port, sizeof port) != sizeof port) std::abort();
    for (;;) pause();
}

void burst(std::vector<net::TcpStream>& clients) {
    const std::string text(64, 'x');
    for (int round = 0; round < rounds; ++round) {
        for (auto& client : clients) client.write_all(text);
        for (auto& client : clients) {
            char answer[64];
            if (client.read_exactly(std::span<char>{answer}) != sizeof answer) std::abort();
        }
    }
}

struct Usage {
    double cpu_seconds = 0;
    long sleeps = 0;  // voluntary switches
};

Usage usage_of(pid_t process) {
    Usage usage;
    const std::string tasks = "/proc/" + std::to_string(process) + "/task";
    for (const auto& task : std::filesystem::directory_iterator{tasks}) {
        double nanoseconds = 0;
        std::ifstream{task.path() / "schedstat"} >> nanoseconds;
        usage.cpu_seconds += nanoseconds / 1e9;
        std::ifstream status{task.path() / "status"};
        for (std::string word; status >> word;) {
            long count = 0;
            if (word == "voluntary_ctxt_switches:" && status >> count) usage.sleeps += count;
        }
    }
    return usage;
}

void let_pass(int seconds) { poll(nullptr, 0, seconds * 1000); }

// Calls of the process within those seconds; -1 where there is no strace, or it may not look.
long calls_by_strace(pid_t process, int seconds) {
    const std::string command = "timeout -s INT " + std::to_string(seconds) + " strace -f -c -p " +
                                std::to_string(process) + " 2>&1";
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return -1;
    long total = 0;
    bool attached = false;
    char line[512];
    while (std::fgets(line, sizeof line, pipe) != nullptr) {
        attached = attached || std::strstr(line, "attached") != nullptr;
        if (std::strstr(line, " total") == nullptr) continue;
        double percent = 0, time = 0;
        long each = 0, calls = 0;
        const int found = std::sscanf(line, "%lf %lf %ld %ld", &percent, &time, &each, &calls);
        if (found >= 3) total = found == 4 ? calls : each;
    }
    pclose(pipe);
    return attached ? total : -1;
}

// To look is to disturb: each thread that strace attaches to leaves its wait, looks for work, and
// parks again. On a busy machine that takes more calls, now and then; what polls does so each time.
long fewest_calls_by_strace(pid_t process, int seconds) {
    const double most = calls_a_second_max * seconds;
    long calls = calls_by_strace(process, seconds);
    for (int more = 2; more > 0 && static_cast<double>(calls) >= most; --more) {
        calls = std::min(calls, calls_by_strace(process, seconds));
    }
    return calls;
}

int judge(pid_t process) {
    let_pass(1);
    const Usage before = usage_of(process);
    let_pass(watch_seconds);
    const Usage after = usage_of(process);
    const double percent = 100 * (after.cpu_seconds - before.cpu_seconds) / watch_seconds;
    const double sleeps = static_cast<double>(after.sleeps - before.sleeps) / watch_seconds;
    const long traced = fewest_calls_by_strace(process, watch_seconds);
    const double calls = traced < 0 ? sleeps : static_cast<double>(traced) / watch_seconds;
    std::printf("%d actors, %d connections, idle for %d s\n", actors, connections, watch_seconds);
    std::printf("processor        %.4f %% (under %.1f)\n", percent, percent_max);
    std::printf("threads woken    %.1f a second\n", sleeps);
    std::printf("system calls     %.1f a second (under %.0f), by %s\n", calls, calls_a_second_max,
                traced < 0 ? "threads woken" : "strace");
    return percent < percent_max && sleeps < calls_a_second_max && calls < calls_a_second_max ? 0
                                                                                              : 1;
}

}  // namespace

int main() {
    allow_descriptors();
    int report[2];
    if (pipe(report) != 0) return 1;
    const pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) serve_until_killed(report[1]);
    std::uint16_t port = 0;
    close(report[1]);
    if (read(report[0], &port, sizeof port) != sizeof port) return 1;
    int verdict = 1;
    try {
        std::vector<net::TcpStream> clients;
        for (int i = 0; i < connections; ++i) {
            clients.push_back(net::TcpStream::connect(net::Address::of("127.0.0.1", port)));
        }
        burst(clients);
        verdict = judge(child);
        burst(clients);  // all of them still answer
    } catch (const std::exception& failure) {
        std::printf("%s\n", failure.what());
        verdict = 1;
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return verdict;
}
