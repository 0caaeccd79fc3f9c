// Registry: the one actor that knows who is here and which channels there are.
//
// It asks nobody: whoever asks it cannot close a circle of asks. Channels are its children, and who
// joins one does so through here: so it knows when nobody is on the way to an empty one, which may
// end then. It walks its entries once a second (`Tick`) and has those sessions look at their
// client's silence whose time has come: one timer for all of them.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "channel.hpp"
#include "config.hpp"
#include "directory.hpp"
#include "report.hpp"

namespace chat {

// A connection was accepted. Returns its number.
struct Enter {
    greenroom::Ref<Session> session;
};

struct Leave {
    PersonNumber number = 0;
    Ending ending = Ending::quit;
    Counts counts;
};

// True: the nick is this connection's now. `person` is who it has become, if it has registered.
struct ClaimNick {
    PersonNumber number = 0;
    std::string nick;
    PersonPtr person;
};

// The connection has registered.
struct Introduce {
    PersonPtr person;
};

// Somebody who has registered, and what others may want to know of him.
struct Found {
    PersonPtr person;
    std::string away;  // why; empty: is not
    std::int64_t spoke_at = 0;
};

struct FindNick {
    std::string nick;
};

struct FindNumbers {
    std::vector<PersonNumber> numbers;
};

// See Directory::matching.
struct FindMatching {
    PersonNumber who = 0;
    std::string mask;
};

// The names of the channels that somebody is in.
struct ChannelsOf {
    PersonNumber number = 0;
};

struct SetAway {
    PersonNumber number = 0;
    std::string reason;  // empty: is back
};

// Somebody is seen otherwise by now.
struct SetInvisible {
    PersonPtr person;
};

struct TakeCensus {};

struct Numbers {
    Census people;
    std::size_t channels = 0;
};

// For WHOIS: the connection has joined or left a channel.
struct NoteChannel {
    PersonNumber number = 0;
    std::string name;
    bool joined = false;
};

struct NoteSpoke {
    PersonNumber number = 0;
    std::int64_t when = 0;
};

// When to look at the connection's silence next.
struct CheckAt {
    PersonNumber number = 0;
    std::chrono::steady_clock::time_point time;
};

// To the channel, made if there is none, which answers. Fails with ActorStopped if it is killed
// before that.
struct JoinChannel {
    std::string name;
    PersonPtr who;
    std::string key;
};

// From a channel without members, to which `joins` were sent when it last heard of that.
struct Emptied {
    greenroom::Ref<Channel> channel;
    std::uint64_t joins = 0;
};

// The channel, or none.
struct FindChannel {
    std::string name;
};

struct AllChannels {};

struct Tick {};

// Tells every session that the server ends.
struct EndAll {};

// What was done, and how many are still here.
struct Progress {
    Totals totals;
    std::size_t present = 0;
};

struct ShowProgress {};

class Registry : public greenroom::Actor {
public:
    explicit Registry(std::shared_ptr<const Config> config) : config_{std::move(config)} {}

    PersonNumber on(const Enter& enter);
    void on(const Leave& leave);
    bool on(const ClaimNick& claim);
    void on(const Introduce& introduce);
    std::optional<Found> on(const FindNick& find);
    std::vector<Found> on(const FindNumbers& find);
    std::vector<Found> on(const FindMatching& find);
    std::vector<std::string> on(const ChannelsOf& of);
    void on(const SetAway& set);
    void on(const SetInvisible& set);
    Numbers on(TakeCensus take);
    void on(const NoteChannel& note);
    void on(const NoteSpoke& note);
    void on(const CheckAt& check);
    void on(JoinChannel join, greenroom::Reply<greenroom::Ref<Channel>> reply);
    void on(const Emptied& emptied);
    greenroom::Ref<Channel> on(const FindChannel& find);
    std::vector<greenroom::Ref<Channel>> on(AllChannels all);
    void on(const greenroom::Down& down);
    void on(Tick tick);
    void on(EndAll end);
    Progress on(ShowProgress show);

private:
    struct Place {
        greenroom::Ref<Channel> channel;
        std::uint64_t joins = 0;  // sent to it
    };

    Place& open(const std::string& name);

    const std::shared_ptr<const Config> config_;
    Directory directory_;
    std::unordered_map<std::string, Place> channels_;       // by folded name
    std::unordered_map<std::uint64_t, std::string> names_;  // folded, of channels by their id
    Totals totals_;
    bool ending_ = false;
};

}  // namespace chat
