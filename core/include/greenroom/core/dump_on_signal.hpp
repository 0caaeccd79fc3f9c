// DumpOnSignal: tells what everybody waits for when the process gets a signal, for who looks at a
// running program from outside:
//
//     greenroom::DumpOnSignal dumps{runtime, SIGUSR1};      kill -USR1 <pid>
//
// The handler itself only writes to a descriptor; a thread makes the dump and writes it.
//
// Threads   Made and destroyed on any plain thread.
// Lifetime  Ends before its runtime. While one lives for a signal, the signal's action is the
//           library's; the one before comes back with the end of the last.
// Limits    16 at once in a process.
#pragma once

#include <functional>
#include <greenroom/core/runtime.hpp>
#include <greenroom/core/threads.hpp>
#include <memory>
#include <string_view>

namespace greenroom {

class DumpOnSignal {
public:
    // `write` takes each dump, on a thread of this object's; without one it goes to standard error.
    // Throws std::system_error if the kernel refuses, for example a signal that cannot be caught,
    // and Error(limit_reached) beyond the limit.
    DumpOnSignal(Runtime& runtime, int signal, std::function<void(std::string_view)> write = {});
    ~DumpOnSignal();
    DumpOnSignal(const DumpOnSignal&) = delete;
    DumpOnSignal& operator=(const DumpOnSignal&) = delete;

private:
    struct Watch;

    void serve();

    Runtime& runtime_;
    std::function<void(std::string_view)> write_;
    std::unique_ptr<Watch> watch_;
    std::unique_ptr<Threads::Handle> thread_;
};

}  // namespace greenroom
