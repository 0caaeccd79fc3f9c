// Person: who is behind a registered connection, as others see them.
//
// A value that never changes: a new nick makes a new Person. So it is shared, by pointer, between
// the actors that know of it: its session, its channels, the registry.
#pragma once

#include <cstdint>
#include <greenroom/actors/ref.hpp>
#include <memory>
#include <string>

namespace chat {

class Outbox;
class Session;

// Names a connection for as long as the server runs; a nick changes, this does not. 0: none.
using PersonNumber = std::uint64_t;

struct Person {
    PersonNumber number = 0;
    std::string nick;
    std::string user;
    std::string host;
    std::string real_name = {};
    std::int64_t since = 0;                   // seconds since 1970
    std::shared_ptr<Outbox> outbox = {};      // whatever is put in there, this person reads
    greenroom::Ref<Session> session = {};

    // nick!user@host
    std::string mask() const { return nick + '!' + user + '@' + host; }
};

using PersonPtr = std::shared_ptr<const Person>;

}  // namespace chat
