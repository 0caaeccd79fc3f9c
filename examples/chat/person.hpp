// Person: who is behind a connection, as others see them. A value.
#pragma once

#include <cstdint>
#include <string>

namespace chat {

// Names a connection for as long as the server runs; a nick changes, this does not.
using PersonNumber = std::uint64_t;

struct Person {
    PersonNumber number = 0;
    std::string nick;
    std::string user;
    std::string host;

    // nick!user@host
    std::string mask() const { return nick + '!' + user + '@' + host; }
};

}  // namespace chat
