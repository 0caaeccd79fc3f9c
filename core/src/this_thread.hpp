// ThisThread: all that the library keeps for a thread, and the one way to ask which thread runs.
//
// Nothing here may be cached across a suspension except on the same worker, which a fiber never
// leaves. Under simulation many virtual threads share one kernel thread: the machine exchanges the
// pointer at each switch, so the accessor is right there too.
//
// Threads  Each object belongs to the thread it describes.
#pragma once

#include <greenroom/core/chance.hpp>
#include <greenroom/core/clock.hpp>
#include <greenroom/core/detail/block_pool.hpp>
#include <greenroom/core/detail/cancel_scope.hpp>
#include <greenroom/core/detail/local_list.hpp>
#include <greenroom/core/detail/thread_token.hpp>
#include <greenroom/core/threads.hpp>

#include "plain_thread.hpp"

namespace greenroom::detail {

struct FieldSet;
class Worker;

struct ThisThread {
    // Of the kernel.
    ThisThread() noexcept : ThisThread{steady_clock(), kernel_threads(), kernel_chance()} {}
    // Of a simulated machine.
    ThisThread(Clock& its_clock, Threads& its_threads, Chance& its_chance) noexcept
        : clock{&its_clock}, threads{&its_threads}, chance{&its_chance}, plain{its_threads} {}

    Worker* worker = nullptr;  // set while the thread runs a worker's loop
    Clock* clock;
    Threads* threads;
    Chance* chance;  // of a plain thread; a worker draws from its runtime's
    PlainThread plain;
    ScopeChain scopes;  // of a plain thread; a fiber has its own
    BlockCache blocks;
    LocalList locals;                  // of a plain thread
    const FieldSet* fields = nullptr;  // of whoever runs here: fields_in_use.hpp

    // Of the one that runs: has usual_blocks say whether it has fields.
    void choose_blocks() noexcept;
};

// What this_thread() returns; null in a kernel thread that has not asked for its own yet.
extern constinit thread_local ThisThread* current_thread;
// Where whoever runs has its messages from, if they carry no fields: so that one look tells both.
// Null where it has fields, and where current_thread is null.
extern constinit thread_local BlockCache* usual_blocks;

// False as well in a thread that has not asked for its own.
inline bool has_no_fields() noexcept { return usual_blocks != nullptr; }

// Makes the kernel thread's own. Apart, so that the common way has neither a guard nor a frame.
[[gnu::cold]] ThisThread& own_thread() noexcept;

// Whoever runs now. A compiler may keep the address of the thread-local across a switch, since a
// context goes on where it was (context.hpp), but not its value: a switch may write anything.
inline ThisThread& this_thread() noexcept {
    return current_thread != nullptr ? *current_thread : own_thread();
}

// The worker whose loop it runs, or null. Asks for nothing, so it needs no frame.
inline Worker* this_worker() noexcept {
    return current_thread != nullptr ? current_thread->worker : nullptr;
}

// A thread's token is this of it.
inline ThisThread& thread_of(ThreadToken token) noexcept {
    return *static_cast<ThisThread*>(const_cast<void*>(token));
}

// Makes `thread` the one that runs; returns the one before, null where it was the kernel thread's
// own. For the simulated machine alone.
ThisThread* set_this_thread(ThisThread* thread) noexcept;

// The virtual thread that runs now; null where it is the kernel thread's own.
ThisThread* played_thread() noexcept;

}  // namespace greenroom::detail
