// ServerProcess: the chat server as a child process, with what it printed and what it uses.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace chat_test {

using SteadyTime = std::chrono::steady_clock::time_point;

// Ends the scenario, by way of main().
[[noreturn]] inline void fail(const std::string& why) { throw std::runtime_error{why}; }

class ServerProcess {
public:
    // Starts `program` with a soft limit of `files_soft` descriptors and waits until it listens.
    ServerProcess(const std::string& program, std::vector<std::string> options, rlim_t files_soft) {
        int ends[2];
        if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe2");
        child_ = fork();
        if (child_ < 0) fail("fork");
        if (child_ == 0) run_program(program, options, files_soft, ends[1]);
        close(ends[1]);
        output_fd_ = ends[0];
        fcntl(output_fd_, F_SETFL, O_NONBLOCK);
        try {
            wait_for_port();
        } catch (...) {
            end_now();
            throw;
        }
    }

    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;

    ~ServerProcess() { end_now(); }

    int port() const noexcept { return port_; }

    // All that it has printed up to now.
    const std::string& output() {
        char chunk[4096];
        for (ssize_t got; (got = read(output_fd_, chunk, sizeof chunk)) > 0;) {
            output_.append(chunk, static_cast<std::size_t>(got));
        }
        return output_;
    }

    // VmRSS.
    std::size_t memory_kib() const {
        std::ifstream status{"/proc/" + std::to_string(child_) + "/status"};
        for (std::string line; std::getline(status, line);) {
            if (line.rfind("VmRSS:", 0) == 0) return std::stoul(line.substr(6));
        }
        return 0;
    }

    // User and system time together.
    double cpu_seconds() const {
        std::ifstream stat{"/proc/" + std::to_string(child_) + "/stat"};
        std::string text;
        std::getline(stat, text);
        text.erase(0, text.rfind(')') + 2);
        unsigned long user = 0;
        unsigned long system = 0;
        std::sscanf(text.c_str(), "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
                    &system);
        return static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
    }

    void terminate() const { kill(child_, SIGTERM); }

    // The status of wait(), once it has ended.
    std::optional<int> ended() {
        int status = 0;
        output();
        if (waitpid(child_, &status, WNOHANG) != child_) return std::nullopt;
        child_ = -1;
        output();
        return status;
    }

private:
    [[noreturn]] static void run_program(const std::string& program,
                                         std::vector<std::string>& options, rlim_t files_soft,
                                         int output) {
        rlimit files{};
        getrlimit(RLIMIT_NOFILE, &files);
        files.rlim_cur = files_soft;
        setrlimit(RLIMIT_NOFILE, &files);
        dup2(output, 1);
        dup2(output, 2);
        std::vector<char*> words{const_cast<char*>(program.c_str())};
        for (std::string& option : options) words.push_back(option.data());
        words.push_back(nullptr);
        execv(program.c_str(), words.data());
        std::perror(program.c_str());
        _exit(127);
    }

    void end_now() noexcept {
        if (child_ > 0) {
            kill(child_, SIGKILL);
            waitpid(child_, nullptr, 0);
        }
        close(output_fd_);
    }

    void wait_for_port() {
        const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        const std::string before_address = "listening on ";
        for (;;) {
            const std::string& said = output();
            const std::size_t at = said.find(before_address);
            const std::size_t end = said.find('\n', at);
            if (at != std::string::npos && end != std::string::npos) {
                port_ = std::atoi(said.c_str() + said.rfind(':', end) + 1);
                return;
            }
            if (ended()) fail("the server did not start:\n" + output());
            if (std::chrono::steady_clock::now() > deadline) fail("the server does not listen");
            pollfd wait{output_fd_, POLLIN, 0};
            poll(&wait, 1, 100);
        }
    }

    pid_t child_ = -1;
    int output_fd_ = -1;
    int port_ = 0;
    std::string output_;
};

// Where the program `name` lies that was built beside this one.
inline std::string program_beside(const std::string& name) {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

}  // namespace chat_test
