#include <greenroom/core/detail/fork.hpp>

#include <pthread.h>

#include <greenroom/core/detail/atomic.hpp>
#include <system_error>

#include "block_depot.hpp"
#include "runtime_core.hpp"
#include "this_thread.hpp"
#include "thread_registry.hpp"

namespace greenroom::detail {

namespace {

Atomic<std::uint32_t> generation{0};  // written by the one thread that a child has

// The locks of the process are free in the child: nobody else is left to free them. Those of the
// block pool come last: who holds another may allocate.
void before_fork() {
    RuntimeCore::lock_store();
    BlockedThread::lock_registry();
    lock_block_pool();
}

void after_fork() {
    unlock_block_pool();
    BlockedThread::unlock_registry();
    RuntimeCore::unlock_store();
}

void in_child() {
    // relaxed: there is one thread.
    generation.store(generation.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    BlockedThread::forget_all();
    after_fork();
    this_thread().worker = nullptr;  // a fiber of the parent's is a plain thread here
}

}  // namespace

std::uint32_t fork_generation() noexcept {
    return generation.load(std::memory_order_relaxed);  // relaxed: see in_child()
}

void count_forks() {
    static const int result = pthread_atfork(&before_fork, &after_fork, &in_child);
    if (result != 0) throw std::system_error{result, std::generic_category(), "pthread_atfork"};
}

}  // namespace greenroom::detail
