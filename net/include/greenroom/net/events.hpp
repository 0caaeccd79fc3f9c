// What the owner of a connection or a listener is told, as messages: it has a handler for each.
//
//     void on(greenroom::net::Received bytes);      // of a connection's owner, required
//     void on(greenroom::net::Closed closed);       // likewise
//     void on(greenroom::net::Writable);            // likewise, if it wants to know
//     void on(greenroom::net::Accepted accepted);   // of a listener's owner, required
//
// Ordering  In the order of the stream; nothing comes after Closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

namespace greenroom::net {

// Bytes that came: a view, valid until the handler that it was given to has returned. While that
// handler waits, nothing more is read: what the peer sends stays in the kernel, and slows it down.
class Received {
public:
    explicit Received(std::string_view text) noexcept : text_{text} {}

    std::string_view text() const noexcept { return text_; }
    std::span<const std::byte> bytes() const noexcept {
        return std::as_bytes(std::span{text_.data(), text_.size()});
    }
    std::size_t size() const noexcept { return text_.size(); }

private:
    std::string_view text_;
};

enum class CloseReason : std::uint8_t {
    end_of_stream,  // the peer sends no more; what is sent to it may still arrive
    failed,         // the connection broke: `error` says how
    slow_reader,    // the peer did not take what was queued for it (SlowReader::close)
};

// Nothing more will come. The owner drops the Connection, or closes it.
struct Closed {
    CloseReason reason = CloseReason::end_of_stream;
    std::error_code error{};
};

// "the peer closed the connection", "Connection reset by peer".
std::string to_string(const Closed& closed);

// All that was queued has gone to the kernel, after it had to wait for the peer.
struct Writable {};

}  // namespace greenroom::net
