// What a client may ask about the server.
#include <ctime>

#include "irc/welcome.hpp"
#include "irc/wildcard.hpp"
#include "session.hpp"

namespace chat {

// Whether a command is meant for another server; there is none, and the client is told.
bool Session::is_elsewhere(std::string_view server) {
    if (server.empty() || matches(server, config_->options.name)) return false;
    if (ask_registry(FindNick{std::string{server}})) return false;  // that person's server
    say(replies()(Numeric::no_such_server, {server}));
    return true;
}

void Session::motd(const Message& message) {
    if (is_elsewhere(message[0])) return;
    say(message_of_the_day(replies(), config_->options.motd));
}

void Session::lusers(const Message& message) {
    if (is_elsewhere(message[1])) return;
    const auto [census, channels] = ask_registry(TakeCensus{});
    const Replies reply = replies();
    const auto text = [](auto figure) { return std::to_string(figure); };
    const std::string registered = text(census.registered());
    const std::string most = text(census.most);
    say(reply.with_text(Numeric::users_of_network, {},
                        "There are " + text(census.visible) + " users and " +
                            text(census.invisible) + " invisible on 1 servers"));
    say(reply(Numeric::operators, {"0"}));
    if (census.unknown > 0) say(reply(Numeric::unknown_connections, {text(census.unknown)}));
    say(reply(Numeric::channels_formed, {text(channels)}));
    say(reply.with_text(Numeric::users_of_server, {},
                        "I have " + registered + " clients and 1 servers"));
    say(reply.with_text(Numeric::users_here, {registered, most},
                        "Current local users " + registered + ", max " + most));
    say(reply.with_text(Numeric::users_everywhere, {registered, most},
                        "Current global users " + registered + ", max " + most));
}

void Session::version(const Message& message) {
    if (is_elsewhere(message[0])) return;
    say(replies().with_text(Numeric::version, {version_name(), config_->options.name}, ""));
}

void Session::time(const Message& message) {
    if (is_elsewhere(message[0])) return;
    const std::time_t now = static_cast<std::time_t>(wall_clock_seconds());
    std::tm parts{};
    char text[64];
    gmtime_r(&now, &parts);
    const std::size_t bytes = std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    say(replies().with_text(Numeric::time, {config_->options.name}, {text, bytes}));
}

}  // namespace chat
