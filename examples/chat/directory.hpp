// Directory: who is here, by number and by nick. A value without threads.
//
// A nick is claimed before its owner has registered, and is free again when the owner leaves or
// takes another. Case does not tell two nicks apart.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "person.hpp"

namespace chat {

// One connection.
struct Entry {
    greenroom::Ref<Session> session;
    PersonPtr person;                                  // null until it has registered
    std::string nick;                                  // claimed; empty: none yet
    std::string away;                                  // why it is away; empty: it is not
    std::int64_t spoke_at = 0;                         // seconds since 1970
    std::vector<std::string> channels;                 // names, in the order joined
    std::chrono::steady_clock::time_point check_at{};  // when its silence is to be looked at
};

struct Census {
    std::size_t visible = 0;
    std::size_t invisible = 0;
    std::size_t unknown = 0;  // not registered
    std::size_t most = 0;     // registered at once, up to now

    std::size_t registered() const noexcept { return visible + invisible; }
};

class Directory {
public:
    PersonNumber enter(greenroom::Ref<Session> session);
    void leave(PersonNumber number);

    // False: somebody else has it.
    bool claim(PersonNumber number, std::string_view nick);

    // The connection has registered.
    void introduce(const PersonPtr& person);
    void set_invisible(const PersonPtr& person);

    // The entry of a connection that is here; null: has left.
    Entry* find(PersonNumber number);

    // Who has registered with that nick; null: nobody.
    const Entry* find_nick(std::string_view nick) const;

    // Whose nick, user, host, mask or real name matches. Who is invisible only to who names the
    // nick, shares a channel, or is the same. At most replies_max.
    std::vector<const Entry*> matching(std::string_view mask, PersonNumber asker) const;

    std::size_t size() const noexcept { return entries_.size(); }
    std::unordered_map<PersonNumber, Entry>& entries() noexcept { return entries_; }
    const Census& census() const noexcept { return census_; }

private:
    std::size_t& count_of(const Entry& entry) noexcept;

    std::unordered_map<PersonNumber, Entry> entries_;
    std::unordered_map<std::string, PersonNumber> by_nick_;  // folded
    PersonNumber last_ = 0;
    Census census_;
};

}  // namespace chat
