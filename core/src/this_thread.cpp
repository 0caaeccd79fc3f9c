#include "this_thread.hpp"

namespace greenroom::detail {

namespace {

thread_local ThisThread* played = nullptr;  // a virtual thread, while a machine plays one here

}  // namespace

[[gnu::noinline]] ThisThread& this_thread() noexcept {
    if (played != nullptr) return *played;
    thread_local ThisThread own;
    return own;
}

[[gnu::noinline]] ThisThread* set_this_thread(ThisThread* thread) noexcept {
    ThisThread* const before = played;
    played = thread;
    return before;
}

[[gnu::noinline]] ThisThread* played_thread() noexcept { return played; }

}  // namespace greenroom::detail
