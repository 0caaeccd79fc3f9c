// ConnectionGroup: what the connections of one listener share: options, figures, the runtime.
//
// Lifetime  Counted: the listener, the server's handles and each connection hold it.
#pragma once

#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/detail/log_limit.hpp>
#include <greenroom/core/detail/ref_count.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/listener.hpp>

namespace greenroom::detail {

class ConnectionGroup {
public:
    // `of` may be null: then whoever sends does so at once.
    ConnectionGroup(const net::ConnectionOptions& given, RuntimeCore* of) noexcept
        : options{given}, core{of} {}

    void add_reference() noexcept { references_.add(); }
    void drop_reference() noexcept {
        if (references_.drop()) delete this;
    }

    net::ListenerStats stats() const noexcept {
        return {accepted.value(),     open.value(),          without_descriptor.value(),
                slow_readers.value(), dropped_bytes.value(), cut_short.value()};
    }

    const net::ConnectionOptions options;
    RuntimeCore* const core;  // whose workers have EpollDrivers
    Counter accepted;
    Counter open;
    Counter without_descriptor;
    Counter slow_readers;
    Counter dropped_bytes;
    Counter cut_short;
    LogLimit slow_reader_log;
    LogLimit cut_short_log;
    LogLimit descriptor_log;

private:
    ~ConnectionGroup() = default;

    RefCount references_{1};
};

}  // namespace greenroom::detail
