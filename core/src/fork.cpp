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

// The locks of the process are free in the child: nobody else is left to free them.
void before_fork() {
    RuntimeCore::lock_store();
    BlockedThread::lock_registry();
}

void after_fork() {
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

void check(int result) {
    if (result != 0) throw std::system_error{result, std::generic_category(), "pthread_atfork"};
}

}  // namespace

std::uint32_t fork_generation() noexcept {
    return generation.load(std::memory_order_relaxed);  // relaxed: see in_child()
}

// Those of the block pool are taken last, and free again first: who holds another may allocate, and
// so may a handler of somebody's. Before a fork handlers are called in the reverse order of their
// registration, after it in that order: so this one comes before count_forks()'s, and the earlier
// the better.
void hold_block_pool_across_forks() {
    static const int result =
        pthread_atfork(&lock_block_pool, &unlock_block_pool, &unlock_block_pool);
    check(result);
}

void count_forks() {
    hold_block_pool_across_forks();
    static const int result = pthread_atfork(&before_fork, &after_fork, &in_child);
    check(result);
}

}  // namespace greenroom::detail
