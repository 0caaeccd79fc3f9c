// What a stop does about actors that do not end: it returns in time, and names each.
//
// One loops for ever, one is in a read(2) that never returns, one catches whatever is thrown and
// goes on, and one waits for a blocking call that sleeps for an hour. In a child process, since the
// system's destructor then has nothing left but to end the program: it says so, and whom it is for.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/sleep.hpp>
#include <string>

using namespace greenroom;
using namespace std::chrono_literals;

struct Begin {
    Event& begun;
};

class Looping : public Actor {
public:
    void on(const Begin& begin) {
        begin.begun.set();
        while (!ends_) {
        }
    }

private:
    const std::atomic<bool> ends_{false};
};

class Reading : public Actor {
public:
    void on(const Begin& begin) {
        int ends[2];
        if (::pipe(ends) != 0) std::abort();
        begin.begun.set();
        char byte = 0;
        (void)!::read(ends[0], &byte, 1);
    }
};

class Catching : public Actor {
public:
    void on(const Begin& begin) {
        begin.begun.set();
        for (;;) {
            try {
                sleep_for(1h);
            } catch (...) {
            }
        }
    }
};

class Blocking : public Actor {
public:
    void on(const Begin& begin) {
        begin.begun.set();
        blocking([] { (void)::sleep(3600); });
    }
};

namespace {

constexpr const char* names[] = {"Looping", "Reading", "Catching", "Blocking"};

void fail(const std::string& claim) {
    std::fprintf(stderr, "FAILED: %s\n", claim.c_str());
    std::_Exit(1);
}

bool names_all(const std::string& text) {
    for (const char* const name : names) {
        if (text.find(name) == std::string::npos) return false;
    }
    return true;
}

template <class A>
void begin(System& system) {
    Event begun;
    system.spawn<A>().tell(Begin{begun});
    begun.wait();
}

// Ends by SIGABRT, if all is as it should be before that.
[[noreturn]] void stop_them() {
    SystemOptions options;
    options.runtime.workers = 6;
    options.grace = 100ms;
    {
        System system{options};
        begin<Looping>(system);
        begin<Reading>(system);
        begin<Catching>(system);
        begin<Blocking>(system);
        const auto before = std::chrono::steady_clock::now();
        const StopReport report = system.stop(StopPolicy::now, Deadline::after(2s));
        const auto took = std::chrono::steady_clock::now() - before;
        std::string text;
        for (const std::string& survivor : report.survivors) text += survivor + "\n";
        std::printf("stop returned after %.2f s:\n%s", std::chrono::duration<double>(took).count(),
                    text.c_str());
        std::fflush(stdout);
        if (report.clean || report.survivors.size() != 4) fail("four survivors");
        if (!names_all(text)) fail("all are named");
        if (text.find("Blocking 4: waits for ") == std::string::npos) fail("what one waits for");
        if (text.find("does not answer") == std::string::npos) fail("what the others do");
        if (took > 2500ms) fail("within 2.5 s");
    }
    fail("the destructor does not return");
    std::abort();
}

std::string read_all(int from) {
    std::string text;
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(from, buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<std::size_t>(count));
    }
    return text;
}

}  // namespace

int main() {
    int ends[2];
    if (::pipe(ends) != 0) fail("a pipe");
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[1], STDERR_FILENO);
        ::close(ends[0]);
        ::close(ends[1]);
        stop_them();
    }
    ::close(ends[1]);
    const std::string errors = read_all(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::printf("and then the destructor:\n%s", errors.substr(0, 1'500).c_str());
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT) fail("it ends the program");
    const std::size_t begin_of_names = errors.find("the system cannot end");
    if (begin_of_names == std::string::npos) fail("it says why");
    if (!names_all(errors.substr(begin_of_names))) fail("it names all");
    return 0;
}
