// Session: the actor of one connection. It takes the client's lines one by one and does what they
// say: it asks the registry and the channels, and each ask waits in place. So the commands of one
// client are answered in their order, and the code of a command reads from top to bottom.
//
//   connected --NICK and USER, CAP END--> registered --QUIT, a fault, silence--> ended
//
// Lifetime  Ends with the connection. Whatever ended it, on_stop takes it out of its channels and
//           out of the registry.
// Limits    A client has `registration_timeout` to register, and is sent a PING after
//           `idle_timeout` of silence; `backlog_bytes_max` may wait for it.
#pragma once

#include <chrono>
#include <greenroom/actors/actor.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/framing.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config.hpp"
#include "irc/message.hpp"
#include "irc/numerics.hpp"
#include "person.hpp"
#include "registry.hpp"
#include "report.hpp"

namespace chat {

// It was taken out of the channel of this folded name.
struct Removed {
    std::string key;
};

// It may have been silent for too long.
struct CheckSilence {};

struct ServerEnds {};

class Session : public greenroom::Actor {
public:
    Session(greenroom::net::Connection connection, std::shared_ptr<const Config> config,
            greenroom::Ref<Registry> registry);

    void on(greenroom::net::Received received);
    void on(const greenroom::net::Closed& closed);
    void on(const Removed& removed);
    void on(CheckSilence check);
    void on(ServerEnds ends);

private:
    struct Command {
        std::string_view name;
        void (Session::*run)(const Message&);
        std::size_t params_min = 0;
        bool before_registration = false;
    };
    using Channels = std::unordered_map<std::string,
                                        greenroom::Ref<Channel>>;  // by folded name

    // Of each ask: who is so busy is late, and not broken.
    static constexpr std::chrono::minutes ask_time_max{1};

    template <class Request>
    auto ask_registry(Request request) {
        return registry_.ask(std::move(request), ask_time_max);
    }
    // What `actor` answers; nothing if it is none, or who should answer ends at this moment.
    template <class A, class Request>
    static auto answer_of(const greenroom::Ref<A>& actor, Request request);

    static const Command* find_command(const Message& message);

    void on_start() override;
    void on_stop(const greenroom::ExitReason& reason) override;

    // session.cpp: life cycle, lines in
    void handle(const greenroom::net::Line& line);
    void run(const Message& message);
    void bad_line(std::string_view kind, std::string_view reply);
    void say(std::string_view lines) { connection_->send(lines); }
    void say(const std::vector<std::string>& lines);
    void end(Ending ending, std::string_view reason);
    void leave_all_channels();
    void tell_all_channels(const std::string& line, const PersonPtr& now);
    Replies replies() const { return {config_->options.name, nick_}; }
    bool registered() const noexcept { return person_ != nullptr; }
    void check_after(std::chrono::steady_clock::duration duration);

    // session_register.cpp
    void pass(const Message& message);
    void nick(const Message& message);
    void user(const Message& message);
    void cap(const Message& message);
    void quit(const Message& message);
    void ping(const Message& message);
    void pong(const Message& message);
    void change_nick(const std::string& nick);
    void try_to_register();
    void greet();

    // session_channels.cpp
    void join(const Message& message);
    void part(const Message& message);
    void topic(const Message& message);
    void names(const Message& message);
    void kick(const Message& message);
    void invite(const Message& message);
    void mode(const Message& message);
    void list(const Message& message);
    void kill_channel(const Message& message);
    void join_one(std::string_view name, std::string_view key);
    void own_mode(const Message& message);
    void set_invisible(bool invisible);
    void wait_for_reader();
    void part_one(std::string_view name, std::string_view reason);
    greenroom::Ref<Channel> find_channel(std::string_view name);
    // Asks a channel for what it answers by itself; if there is none, that is the answer.
    template <class Request>
    void ask_channel(std::string_view name, Request request) {
        if (!answer_of(find_channel(name), std::move(request))) no_such_channel(name);
    }
    void no_such_channel(std::string_view name);
    void forget_channel(const std::string& key);
    bool is_member(const std::string& key);

    // session_people.cpp
    void privmsg(const Message& message) { send(message, "PRIVMSG", false); }
    void notice(const Message& message) { send(message, "NOTICE", true); }
    void send(const Message& message, std::string_view verb, bool quiet);
    void note_that_it_spoke();
    void send_to_channel(std::string_view name, std::string line, bool quiet);
    void send_to_person(std::string_view nick, std::string_view line, bool quiet);
    void away(const Message& message);
    void ison(const Message& message);
    void userhost(const Message& message);
    void who(const Message& message);
    void who_of_channel(std::string_view name);
    void who_line(std::string_view channel, const Found& found, std::string_view sign);
    void whois(const Message& message);
    void whois_one(std::string_view nick);
    void whois_channels(const Person& person);
    void whowas(const Message& message);

    // session_server.cpp
    void motd(const Message& message);
    void lusers(const Message& message);
    void version(const Message& message);
    void time(const Message& message);
    bool is_elsewhere(std::string_view server);

    // Shared with those who have something to tell the client: see Person.
    const std::shared_ptr<greenroom::net::Connection> connection_;
    const std::shared_ptr<const Config> config_;
    const greenroom::Ref<Registry> registry_;
    const std::string host_;
    greenroom::net::LineFramer framer_;

    PersonNumber number_ = 0;
    PersonPtr person_;  // null until registered
    std::string nick_;  // claimed; empty: none yet
    std::string user_;
    std::string real_name_;
    std::string password_;      // as the client gave it
    bool negotiating_ = false;  // between CAP LS and CAP END: registration waits
    bool wants_invisible_ = false;
    Channels channels_;
    std::chrono::steady_clock::time_point heard_at_{};
    std::chrono::steady_clock::time_point check_due_{};  // when its silence is to be looked at
    int pings_ = 0;                                      // since it was heard
    std::chrono::steady_clock::time_point noted_at_{};   // that it spoke, to the registry
    std::optional<Ending> ending_;
    std::string quit_reason_;
    Counts counts_;
};

template <class A, class Request>
auto Session::answer_of(const greenroom::Ref<A>& actor, Request request) {
    using Answer = decltype(actor.ask(std::move(request)));
    constexpr bool is_void = std::is_void_v<Answer>;
    using Result = std::conditional_t<is_void, bool, std::optional<Answer>>;
    try {
        if (!actor) return Result{};
        if constexpr (is_void) {
            actor.ask(std::move(request), ask_time_max);
            return Result{true};
        } else {
            return Result{actor.ask(std::move(request), ask_time_max)};
        }
    } catch (const greenroom::ActorStopped&) {
        return Result{};
    }
}

}  // namespace chat
