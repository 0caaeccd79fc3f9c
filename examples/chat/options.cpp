#include "options.hpp"

#include <CLI/CLI.hpp>
#include <fstream>
#include <functional>
#include <greenroom/net/address.hpp>

#include "irc/names.hpp"
#include "irc/text.hpp"

namespace chat {
namespace {

constexpr std::size_t motd_lines_max = 200;

// An option's value is text until `right` has said that it is, or what would be.
CLI::Validator check(std::string right, std::function<bool(std::string_view)> is_right) {
    return CLI::Validator(
        [right, is_right](std::string& text) {
            return is_right(text) ? std::string{} : "'" + text + "' will not do: give " + right;
        },
        "");
}

CLI::Validator number(std::size_t least, std::size_t most) {
    return check("a number from " + std::to_string(least) + " to " + std::to_string(most),
                 [=](std::string_view text) {
                     const std::size_t value = number_in(text, most, most + 1);
                     return value >= least && value <= most;
                 });
}

std::size_t number_of(const std::string& text) { return number_in(text, SIZE_MAX - 1, 0); }

std::optional<LogLevel> level_of(std::string_view text) {
    if (text == "debug") return LogLevel::debug;
    if (text == "info") return LogLevel::info;
    if (text == "warning") return LogLevel::warning;
    if (text == "error") return LogLevel::error;
    if (text == "off") return LogLevel::off;
    return std::nullopt;
}

bool is_address(std::string_view text) {
    try {
        greenroom::net::Address::of(text, 0);
        return true;
    } catch (const std::system_error&) {
        return false;
    }
}

bool is_motd(std::string_view text) {
    return !text.starts_with('@') || std::ifstream{std::string{text.substr(1)}}.good();
}

std::vector<std::string> motd_of(const std::string& text) {
    std::istringstream given{text};
    std::ifstream file;
    if (text.starts_with('@')) file.open(text.substr(1));
    std::istream& in = file.is_open() ? static_cast<std::istream&>(file) : given;
    std::vector<std::string> lines;
    for (std::string line; lines.size() < motd_lines_max && std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        lines.push_back(is_utf8(line) ? line : "(a line that is no UTF-8)");
    }
    return lines;
}

// The options as the command line has them.
struct Texts {
    std::string port, motd, clients, level, idle, registration, backlog;
};

void describe(CLI::App& app, Options& options, Texts& texts) {
    const auto no_space = [](std::string_view text) {
        return !text.empty() && text.find(' ') == std::string_view::npos;
    };
    app.add_option("--host", options.host, "address to listen on [127.0.0.1]")
        ->check(check("an address like 127.0.0.1, 0.0.0.0 or ::1", is_address));
    app.add_option("--port", texts.port, "port; 0 takes any that is free [6667]")
        ->check(number(0, 65'535));
    app.add_option("--name", options.name, "what the server calls itself [chat.greenroom]")
        ->check(check("letters, digits and dashes with a dot between, like chat.example.org",
                      is_server_name));
    app.add_option("--password", options.password, "what clients must send by PASS")
        ->check(check("a word without spaces", no_space));
    app.add_option("--motd", texts.motd, "message of the day, or @FILE to read it from")
        ->check(check("a text, or @ and a file that can be read", is_motd));
    app.add_option("--max-clients", texts.clients, "connections at once [10000]")
        ->check(number(1, 1'000'000));
    app.add_option("--log-level", texts.level, "debug, info, warning, error or off [info]")
        ->check(check("debug, info, warning, error or off",
                      [](std::string_view text) { return level_of(text).has_value(); }));
    app.add_option("--idle-timeout", texts.idle,
                   "seconds of silence before a PING, and again before the end [180]")
        ->check(number(1, 86'400));
    app.add_option("--registration-timeout", texts.registration,
                   "seconds that a client has for NICK and USER [30]")
        ->check(number(1, 86'400));
    app.add_option("--max-backlog", texts.backlog,
                   "bytes that may wait for a client that does not read [1048576]")
        ->check(number(4'096, 1'073'741'824));
    app.add_flag("--enable-test-commands", options.test_commands,
                 "allows KILLCHANNEL #name, which ends that channel's actor");
}

void convert(const Texts& texts, Options& options) {
    const auto given = [](const std::string& text) { return !text.empty(); };
    if (given(texts.port)) options.port = static_cast<std::uint16_t>(number_of(texts.port));
    if (given(texts.motd)) options.motd = motd_of(texts.motd);
    if (given(texts.clients)) options.clients_max = number_of(texts.clients);
    if (given(texts.level)) options.log_level = *level_of(texts.level);
    if (given(texts.idle)) options.idle_timeout = std::chrono::seconds{number_of(texts.idle)};
    if (given(texts.registration)) {
        options.registration_timeout = std::chrono::seconds{number_of(texts.registration)};
    }
    if (given(texts.backlog)) options.backlog_bytes_max = number_of(texts.backlog);
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
    CLI::App app{"A chat server for IRC clients, built with greenroom.", "greenroom_chat"};
    Options options;
    Texts texts;
    describe(app, options, texts);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        return {std::nullopt, app.help(), 0};
    } catch (const CLI::ParseError& error) {
        std::string line = error.what();
        for (char& letter : line) letter = letter == '\n' ? ' ' : letter;
        return {std::nullopt, "greenroom_chat: " + line + "\n", 2};
    }
    convert(texts, options);
    return {std::move(options), {}, 0};
}

}  // namespace chat
