// An actor whose stack overflows is named, with the size of its stack, before the process dies.
//
// Run      stack_overflow           plays each way to overflow in a child, and checks what it says
//          stack_overflow WAY       overflows in that way
// Not under AddressSanitizer: it reports an overflow in its own way, and first.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/task.hpp>
#include <string>
#include <string_view>

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

constexpr int status_of_host = 7;

// Makes the compiler believe that all of it is used.
void keep(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

[[gnu::noinline]] int recurse(int depth) {
    std::array<char, 1024> frame;
    keep(&frame);
    frame.back() = static_cast<char>(depth);
    return depth < 0 ? 0 : recurse(depth + 1) + frame.back();
}

// Larger than what is left, and smaller than that and the guard.
[[gnu::noinline]] int one_large_frame() {
    std::array<char, std::size_t{50} << 10U> frame;
    keep(&frame);
    frame.front() = 1;
    keep(&frame);
    return frame.front();
}

[[gnu::noinline]] int use_most_of_it() {
    std::array<char, std::size_t{100} << 10U> frame;
    keep(&frame);
    return one_large_frame() + frame.front();
}

}  // namespace

struct Recurse {
    bool suspends_first;
};
struct UseALargeFrame {};

class Digger : public Actor {
public:
    int on(Recurse how) {
        if (how.suspends_first) yield();
        return recurse(0);
    }
    int on(UseALargeFrame) { return use_most_of_it(); }
};

namespace {

void write_text(std::string_view text) {
    if (::write(STDERR_FILENO, text.data(), text.size()) < 0) std::_Exit(99);
}

void handle_in_host(int) {
    write_text("the host's handler\n");
    std::_Exit(status_of_host);
}

void install_handler_of_host() {
    struct sigaction action {};
    action.sa_handler = &handle_in_host;
    action.sa_flags = SA_ONSTACK;
    sigaction(SIGSEGV, &action, nullptr);
}

void overflow(std::string_view way) {
    if (way == "in_host_with_handler") install_handler_of_host();
    System system;
    ActorOptions options;
    if (way == "custom_stack_class") options.stack_class = StackClass::large;
    auto digger = system.spawn_with<Digger>(options);
    if (way == "one_large_frame") {
        digger.ask(UseALargeFrame{}, 1h);
    } else if (way == "in_a_task") {
        spawn(system.runtime(), [] { return recurse(0); }, {.name = "digging task"}).get();
    } else {
        digger.ask(Recurse{way != "never_suspends"}, 1h);
    }
}

struct Death {
    int status;
    std::string said;
};

Death play(const char* program, const char* way) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) std::abort();
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(pipe[1], STDERR_FILENO);
        ::close(pipe[0]);
        ::execl(program, program, way, static_cast<char*>(nullptr));
        std::_Exit(99);
    }
    ::close(pipe[1]);
    Death death{};
    std::array<char, 4096> buffer{};
    for (ssize_t got = 0; (got = ::read(pipe[0], buffer.data(), buffer.size())) > 0;) {
        death.said.append(buffer.data(), static_cast<std::size_t>(got));
    }
    ::close(pipe[0]);
    ::waitpid(child, &death.status, 0);
    return death;
}

bool check(const char* program, const char* way, std::string_view who, std::string_view size) {
    const Death death = play(program, way);
    const bool has_host = std::string_view{way} == "in_host_with_handler";
    const bool died = has_host
                          ? WIFEXITED(death.status) && WEXITSTATUS(death.status) == status_of_host
                          : WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGSEGV;
    const bool names =
        death.said.find("stack overflow in " + std::string{who}) != std::string::npos;
    const bool sizes = death.said.find(size) != std::string::npos;
    const bool host = !has_host || death.said.find("the host's handler") != std::string::npos;
    const bool good = died && names && sizes && host;
    std::printf("%s %s: status %d\n%s", good ? "good  " : "FAILED", way, death.status,
                death.said.c_str());
    return good;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2) {
        overflow(argv[1]);
        return 1;  // it lived
    }
    bool good = true;
    for (const char* way :
         {"deep_recursion", "never_suspends", "one_large_frame", "in_host_with_handler"}) {
        good = check(argv[0], way, "Digger", "128 KiB") && good;
    }
    good = check(argv[0], "custom_stack_class", "Digger", "1024 KiB") && good;
    good = check(argv[0], "in_a_task", "digging task", "128 KiB") && good;
    return good ? 0 : 1;
}
