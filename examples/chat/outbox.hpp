// Outbox: what waits to be sent to one client.
//
// All that a client is told goes through its outbox, whoever says it: its session or any channel.
// So it has one order, and a channel's message is one copy of some bytes for each member, no more.
// The session is woken when something comes into an empty outbox, and then takes all at once: what
// comes in the meantime goes out in the same write.
//
// Threads  put() from any thread; the others are the session's.
// Limits   Holds at most `bytes_max`; what would be above it empties the outbox for good: such a
//          client is lost (`overflowed`), and costs no memory until its session has ended it.
#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace chat {

class Outbox {
public:
    // `wake` is called on the thread of a put(). It must not wait.
    Outbox(std::size_t bytes_max, std::function<void()> wake);
    Outbox(const Outbox&) = delete;
    Outbox& operator=(const Outbox&) = delete;

    // `lines` with their ends.
    void put(std::string_view lines);

    // The session is at work and will take() at the end of it: no need to wake it.
    void hold();

    // All that waits. From here on a put() wakes the session again.
    std::string take();

    bool overflowed() const;

private:
    const std::size_t bytes_max_;
    const std::function<void()> wake_;
    mutable std::mutex mutex_;  // never held across a wait; guards all below
    std::string waiting_;
    bool awake_ = false;  // the session is at work, or has been woken
    bool overflowed_ = false;
};

}  // namespace chat
