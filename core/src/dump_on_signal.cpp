#include <greenroom/core/dump_on_signal.hpp>

#include <semaphore.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <greenroom/core/detail/atomic.hpp>
#include <greenroom/core/error.hpp>
#include <mutex>
#include <system_error>

namespace greenroom {

namespace {

constexpr std::size_t watches_max = 16;

// Never destroyed, so that a handler which is under way at the end of a watch finds it; at worst it
// makes the slot's next watch dump once more. Free while `signal` is 0.
struct Slot {
    Slot() noexcept { ::sem_init(&arrivals, 0, 0); }

    detail::Atomic<int> signal{0};  // written under actions_mutex
    sem_t arrivals;                 // what a handler may post to
};

std::array<Slot, watches_max>& slots() noexcept {
    static auto* const all = new std::array<Slot, watches_max>;
    return *all;
}

std::mutex actions_mutex;                   // guards the taking of slots, and
std::array<struct sigaction, NSIG> before;  // the actions in whose place ours are

void arrived(int signal) {
    const int error = errno;
    for (Slot& slot : slots()) {  // made before any handler was installed
        // relaxed: it selects, and guards nothing.
        if (slot.signal.load(std::memory_order_relaxed) == signal) ::sem_post(&slot.arrivals);
    }
    errno = error;
}

// Under actions_mutex. Null if nobody watches `signal`; 0 finds a free one.
Slot* slot_of(int signal) noexcept {
    for (Slot& slot : slots()) {
        if (slot.signal.load(std::memory_order_relaxed) == signal) return &slot;  // relaxed: locked
    }
    return nullptr;
}

void install(int signal) {
    struct sigaction action {};
    action.sa_handler = &arrived;
    action.sa_flags = SA_RESTART | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    if (::sigaction(signal, &action, &before[static_cast<std::size_t>(signal)]) == 0) return;
    throw std::system_error{errno, std::generic_category(), "sigaction"};
}

}  // namespace

// One slot, taken.
struct DumpOnSignal::Watch {
    explicit Watch(int its_signal) : signal{its_signal} {
        if (signal <= 0 || signal >= NSIG) {
            throw std::system_error{EINVAL, std::generic_category(), "DumpOnSignal"};
        }
        const std::lock_guard held(actions_mutex);
        slot = slot_of(0);
        if (slot == nullptr) throw Error{Errc::limit_reached, "DumpOnSignal: 16 live already"};
        if (slot_of(signal) == nullptr) install(signal);
        slot->signal.store(signal, std::memory_order_relaxed);  // relaxed: see arrived()
    }
    ~Watch() {
        const std::lock_guard held(actions_mutex);
        slot->signal.store(0, std::memory_order_relaxed);  // relaxed: see arrived()
        if (slot_of(signal) != nullptr) return;
        ::sigaction(signal, &before[static_cast<std::size_t>(signal)], nullptr);
    }
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    // False: it ends.
    bool wait() noexcept {
        while (::sem_wait(&slot->arrivals) != 0) {
        }
        return !ends.load(std::memory_order_acquire);  // acquire: pairs with end()
    }
    void end() noexcept {
        ends.store(true, std::memory_order_release);  // release: pairs with wait()
        ::sem_post(&slot->arrivals);
    }

    const int signal;
    Slot* slot = nullptr;
    detail::Atomic<bool> ends{false};
};

DumpOnSignal::DumpOnSignal(Runtime& runtime, int signal,
                           std::function<void(std::string_view)> write)
    : runtime_{runtime}, write_{std::move(write)}, watch_{std::make_unique<Watch>(signal)} {
    thread_ = kernel_threads().start(runtime.name() + "-dump", [this] { serve(); });
}

DumpOnSignal::~DumpOnSignal() {
    watch_->end();
    thread_.reset();
}

void DumpOnSignal::serve() {
    while (watch_->wait()) {
        const std::string dump = runtime_.dump();
        if (write_) {
            write_(dump);
        } else {
            std::fwrite(dump.data(), 1, dump.size(), stderr);
        }
    }
}

}  // namespace greenroom
