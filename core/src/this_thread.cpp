#include "this_thread.hpp"

#include <greenroom/core/detail/thread_token.hpp>

namespace greenroom::detail {

namespace {

thread_local ThisThread* played = nullptr;  // a virtual thread, while a machine plays one here

}  // namespace

constinit thread_local ThisThread* current_thread = nullptr;
constinit thread_local BlockCache* usual_blocks = nullptr;

void ThisThread::choose_blocks() noexcept { usual_blocks = fields == nullptr ? &blocks : nullptr; }

[[gnu::noinline]] ThisThread& own_thread() noexcept {
    thread_local ThisThread own;
    current_thread = &own;
    own.choose_blocks();
    return own;
}

[[gnu::noinline]] ThreadToken thread_token() noexcept { return &this_thread(); }

[[gnu::noinline]] BlockCache& block_cache() noexcept { return this_thread().blocks; }

[[gnu::noinline]] BlockCache* usual_block_cache() noexcept { return usual_blocks; }

[[gnu::noinline]] ThisThread* set_this_thread(ThisThread* thread) noexcept {
    ThisThread* const before = played;
    played = thread;
    current_thread = thread;
    thread == nullptr ? void(usual_blocks = nullptr) : thread->choose_blocks();
    return before;
}

[[gnu::noinline]] ThisThread* played_thread() noexcept { return played; }

}  // namespace greenroom::detail
