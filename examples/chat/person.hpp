// Person: who is behind a registered connection, as others see them.
//
// A value that never changes: a new nick makes a new Person. So it is shared, by pointer, between
// the actors that know of it: its session, its channels, the registry.
#pragma once

#include <cstdint>
#include <greenroom/actors/ref.hpp>
#include <greenroom/net/connection.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace chat {

class Session;

// Names a connection for as long as the server runs; a nick changes, this does not. 0: none.
using PersonNumber = std::uint64_t;

struct Person {
    PersonNumber number = 0;
    std::string nick;
    std::string user;
    std::string host;
    std::string real_name = {};
    std::int64_t since = 0;  // seconds since 1970
    bool invisible = false;  // to whom it shares no channel with
    // Whatever is sent there, by whom, this person reads: in the order of the calls. Null: reads
    // nothing.
    std::shared_ptr<greenroom::net::Connection> connection = {};
    greenroom::Ref<Session> session = {};

    void read(std::string_view lines) const {
        if (connection) connection->send(lines);
    }

    // nick!user@host
    std::string mask() const { return nick + '!' + user + '@' + host; }
};

using PersonPtr = std::shared_ptr<const Person>;

}  // namespace chat
