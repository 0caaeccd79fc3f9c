#include "this_thread.hpp"

#include <greenroom/core/detail/thread_token.hpp>

namespace greenroom::detail {

namespace {

thread_local ThisThread* played = nullptr;   // a virtual thread, while a machine plays one here
thread_local ThisThread* current = nullptr;  // that, or else the thread's own; null until asked for

// Apart, so that the common way has neither a guard nor a frame.
[[gnu::noinline]] ThisThread& own_thread() noexcept {
    thread_local ThisThread own;
    current = &own;
    return own;
}

}  // namespace

[[gnu::noinline]] ThisThread& this_thread() noexcept {
    return current != nullptr ? *current : own_thread();
}

[[gnu::noinline]] ThreadToken thread_token() noexcept {
    return current != nullptr ? current : &own_thread();
}

[[gnu::noinline]] BlockCache& block_cache() noexcept {
    return current != nullptr ? current->blocks : own_thread().blocks;
}

[[gnu::noinline]] ThisThread* set_this_thread(ThisThread* thread) noexcept {
    ThisThread* const before = played;
    played = thread;
    current = thread;
    return before;
}

[[gnu::noinline]] ThisThread* played_thread() noexcept { return played; }

}  // namespace greenroom::detail
