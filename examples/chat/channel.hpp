// Channel: the actor of one channel. Its state is a ChannelState; here is what it is told and
// asked, and how what follows gets to the members.
//
// What it has to say, to all or to who asked, it sends to their connections itself, within the
// handler that made it so. So all members see what happens here in the same order, and an ask
// returns when its answer is on the way: whatever the asker then sends to its client comes after
// it.
//
//   with members --the last one leaves: Emptied--> empty --Close--> ended
//        ^                                          |  ^
//        +------------------ Join ------------------+  +-- Recheck: Emptied again
//
// Lifetime  Ends when it is empty and the registry, which all who join come through, has sent it
//           nobody since: an ask of a later one fails with ActorStopped. When it ends by a fault,
//           its members are told so in on_stop.
#pragma once

#include <cstdint>
#include <greenroom/actors/actor.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channel_state.hpp"
#include "config.hpp"
#include "person.hpp"

namespace chat {

class Registry;

// From the registry, for who asked it to join: returns the channel, or none if it refuses. `number`
// counts the joins that the registry has sent to this channel.
struct Join {
    PersonPtr who;
    std::string key;
    std::uint64_t number = 0;
};

// From the registry: `joins` were sent before this, so if it is empty still, it is to say so anew.
struct Recheck {
    std::uint64_t joins = 0;
};

// From the registry: nobody is on the way here, and nobody will be.
struct Close {};

// True: was a member.
struct Part {
    PersonPtr who;
    std::string reason;
};

// Sends `line` to all others. Returns to how many; a refusal goes to who sent it, unless `quiet`.
struct Say {
    PersonPtr who;
    std::string line;
    bool quiet = false;  // NOTICE: never answered, so that two machines cannot
                         // play ping-pong
};

struct ShowTopic {
    PersonPtr who;
};

struct SetTopic {
    PersonPtr who;
    std::string text;
};

struct ChangeMode {
    PersonPtr who;
    std::vector<std::string> words;  // none: which modes are set
};

struct Kick {
    PersonPtr who;
    std::string nick;
    std::string reason;
};

// True: the invitation holds.
struct Invite {
    PersonPtr who;
    PersonPtr guest;
};

struct ShowNames {
    PersonPtr who;
};

// Has a `line` put to everybody here but those in `told`, and who it is about. Returns `told` with
// all members added: handed from channel to channel, so that nobody is told twice.
struct Announce {
    PersonNumber about = 0;
    std::string line;
    std::vector<PersonNumber> told;  // sorted
    PersonPtr now;                   // with another nick; null: it is leaving
};

// Who is here, for WHO, as far as that is for the asker to know.
struct ShowMembers {
    PersonNumber who = 0;
};

struct Summary {
    std::string name;
    std::size_t members = 0;
    std::string topic;
    bool hidden = false;  // secret, and the asker is outside
};

struct IsMember {
    PersonNumber who = 0;
};

// A member is another person now, and nobody need be told.
struct Replace {
    PersonPtr now;
};

// For LIST and WHOIS. `sign` is that of `about`, if a member.
struct Summarise {
    PersonNumber who = 0;
};

struct SignOf {
    PersonNumber about = 0;
    PersonNumber who = 0;
};

class Channel : public greenroom::Actor {
public:
    Channel(std::shared_ptr<const Config> config, greenroom::Ref<Registry> registry,
            std::string name);

    greenroom::Ref<Channel> on(const Join& join);
    void on(const Recheck& recheck);
    void on(Close close);
    bool on(const Part& part);
    std::size_t on(const Say& say);
    void on(const ShowTopic& show);
    void on(const SetTopic& set);
    void on(const ChangeMode& change);
    void on(const Kick& kick);
    bool on(const Invite& invite);
    void on(const ShowNames& show);
    std::vector<PersonNumber> on(Announce announce);
    std::vector<Member> on(const ShowMembers& show);
    bool on(const IsMember& is);
    void on(const Replace& replace);
    Summary on(const Summarise& summarise);

    // "@#tea"; empty if `about` is no member, or that is not for the asker to know.
    std::string on(const SignOf& sign);

private:
    void on_stop(const greenroom::ExitReason& reason) override;

    void say_to_all(std::string_view lines) const;
    void carry_out(const Person& asker, const Outcome& outcome);
    bool hides_from(PersonNumber who) const;
    void tell_if_empty();

    const std::shared_ptr<const Config> config_;
    const greenroom::Ref<Registry> registry_;
    ChannelState state_;
    std::uint64_t joins_ = 0;  // that the registry had sent when it was last heard
};

}  // namespace chat
