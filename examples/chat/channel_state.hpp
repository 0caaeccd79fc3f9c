// ChannelState: what is so in one channel, and what follows when somebody does something there.
//
// A value without threads and without sockets: an operation changes it and returns what is to be
// said to whom, as complete lines. The actor around it (channel.hpp) says it.
//
// Limits  As in irc/limits.hpp. Members are found by a walk over them all: cheap beside the fan-out
//         to them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "irc/numerics.hpp"
#include "person.hpp"

namespace chat {

struct Member {
    PersonPtr person;
    bool is_operator = false;
    bool has_voice = false;

    // @, + or nothing.
    std::string_view sign() const noexcept { return is_operator ? "@" : has_voice ? "+" : ""; }
};

// What an operation has to say.
struct Outcome {
    std::vector<std::string> replies;    // to who asked for it
    std::vector<std::string> announced;  // to each member, before the replies
    PersonPtr removed = {};              // was a member up to what was announced, and hears it too
    std::string to_guest = {};           // to who was invited
};

class ChannelState {
public:
    // Times are seconds since 1970, as clients are told them.
    ChannelState(std::string server, std::string name, std::int64_t now);

    const std::string& name() const noexcept { return name_; }
    const std::vector<Member>& members() const noexcept { return members_; }
    bool empty() const noexcept { return members_.empty(); }
    bool secret() const noexcept { return secret_; }
    const std::string& topic_text() const noexcept { return topic_; }

    const Member* find(PersonNumber number) const noexcept;
    const Member* find_nick(std::string_view nick) const noexcept;

    // On success `announced` has the JOIN, and `replies` topic and names. Whoever is first, becomes
    // operator. Joining twice says nothing.
    Outcome join(const PersonPtr& who, std::string_view key);

    Outcome part(const Person& who, std::string_view reason);

    // What stands in the way of a message, as the reply to it. Nothing if it may go out.
    std::optional<std::string> refuse_message(const Person& who) const;

    Outcome show_topic(const Person& who) const;
    Outcome set_topic(const Person& who, std::string_view text, std::int64_t now);
    Outcome kick(const Person& who, std::string_view nick, std::string_view reason);

    // `guest` need not be here. The reply says 341 when the invitation holds.
    Outcome invite(const Person& who, const Person& guest);

    // `words` as in parse_modes; none asks what the modes are.
    Outcome mode(const Person& who, const std::vector<std::string_view>& words, std::int64_t now);

    // With the line that ends them. Of a secret channel only to members.
    std::vector<std::string> names(const Person& who) const;

    // The members that the asker may know of: of a secret channel only members may, and of those
    // who are invisible as well.
    std::vector<Member> shown_to(PersonNumber asker) const;

    // A member has another nick, or is seen otherwise. False: is no member.
    bool replace(const PersonPtr& now);

    // Without a word. Null: was no member.
    PersonPtr remove(PersonNumber number);

private:
    struct Ban {
        std::string mask;
        std::string by;
        std::int64_t when;
    };
    class ModeWork;

    std::string refuse_join(const Person& who, std::string_view key) const;
    bool is_banned(const Person& who) const;
    bool is_operator(const Person& who) const noexcept;
    Member* to_change(PersonNumber number) noexcept;
    std::string modes_shown_to(const Person& who) const;
    void show_bans(const Replies& replies, Outcome& outcome) const;

    std::string server_;
    std::string name_;
    std::int64_t created_;
    std::vector<Member> members_;
    std::string topic_;
    std::string topic_by_;
    std::int64_t topic_when_ = 0;
    std::string key_;
    std::size_t limit_ = 0;  // 0: none
    std::vector<Ban> bans_;
    std::vector<PersonNumber> invited_;
    bool invite_only_ = false;
    bool moderated_ = false;
    bool members_only_ = true;  // n
    bool secret_ = false;
    bool topic_locked_ = true;  // t
};

}  // namespace chat
