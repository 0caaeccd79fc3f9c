#include "session.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "irc/limits.hpp"
#include "irc/line.hpp"
#include "irc/text.hpp"

namespace chat {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds check_late{2};  // twice the registry's tick

// As a word of the protocol, where a colon in front would have a meaning.
std::string host_of(const greenroom::net::Connection& connection) {
    constexpr std::string_view mapped = "::ffff:";  // in front of IPv4, where [::] listens
    std::string host = connection.peer_address().host();
    const bool is_ipv4 = host.starts_with(mapped) && host.find('.') != std::string::npos;
    if (is_ipv4) host.erase(0, mapped.size());
    return host.starts_with(':') ? '0' + host : host;
}

}  // namespace

Session::Session(greenroom::net::Connection connection, std::shared_ptr<const Config> config,
                 greenroom::Ref<Registry> registry)
    : connection_{std::make_shared<greenroom::net::Connection>(std::move(connection))},
      config_{std::move(config)},
      registry_{std::move(registry)},
      host_{host_of(*connection_)},
      framer_{line_bytes_max - 2},
      heard_at_{Clock::now()} {}

void Session::on_start() {
    number_ = ask_registry(Enter{self(this)});
    check_after(config_->options.registration_timeout);
}

void Session::on(greenroom::net::Received received) {
    heard_at_ = Clock::now();
    pings_ = 0;
    for (const greenroom::net::Line& line : framer_.lines(received)) {
        handle(line);
        if (ending_) break;
    }
}

void Session::handle(const greenroom::net::Line& line) {
    const auto has = [&](char byte) { return line.text.find(byte) != std::string_view::npos; };
    if (line.too_long) return bad_line("line too long", replies()(Numeric::line_too_long));
    if (!is_utf8(line.text)) {
        Line reply{prefix_of(config_->options.name), "FAIL"};
        reply.word("*").word("INVALID_UTF8").text("The line was refused: it is no UTF-8");
        return bad_line("no UTF-8", reply.done());
    }
    if (has('\0') || has('\r')) {
        return bad_line("NUL or CR", replies().with_text(Numeric::unknown_error, {"*"},
                                                         "A line may not contain NUL or CR"));
    }
    if (const auto message = Message::parse(line.text)) run(*message);
}

void Session::run(const Message& message) {
    const Command* const command = find_command(message);
    if (command == nullptr) {
        bad_line("unknown command", replies()(Numeric::unknown_command, {message.command()}));
    } else if (!registered() && !command->before_registration) {
        say(replies()(Numeric::not_registered));
    } else if (message.size() < command->params_min) {
        say(replies()(Numeric::need_more_params, {command->name}));
    } else {
        (this->*command->run)(message);
    }
}

const Session::Command* Session::find_command(const Message& message) {
    static constexpr std::array commands{
        Command{"PRIVMSG", &Session::privmsg},
        Command{"NOTICE", &Session::notice},
        Command{"PING", &Session::ping, 0, true},
        Command{"PONG", &Session::pong, 0, true},
        Command{"JOIN", &Session::join, 1},
        Command{"PART", &Session::part, 1},
        Command{"TOPIC", &Session::topic, 1},
        Command{"NAMES", &Session::names},
        Command{"MODE", &Session::mode, 1},
        Command{"KICK", &Session::kick, 2},
        Command{"INVITE", &Session::invite, 2},
        Command{"LIST", &Session::list},
        Command{"WHO", &Session::who},
        Command{"WHOIS", &Session::whois},
        Command{"WHOWAS", &Session::whowas},
        Command{"AWAY", &Session::away},
        Command{"ISON", &Session::ison, 1},
        Command{"USERHOST", &Session::userhost, 1},
        Command{"MOTD", &Session::motd},
        Command{"LUSERS", &Session::lusers},
        Command{"VERSION", &Session::version},
        Command{"TIME", &Session::time},
        Command{"PASS", &Session::pass, 1, true},
        Command{"NICK", &Session::nick, 0, true},
        Command{"USER", &Session::user, 4, true},
        Command{"CAP", &Session::cap, 1, true},
        Command{"QUIT", &Session::quit, 0, true},
        Command{"KILLCHANNEL", &Session::kill_channel, 1},
    };
    const auto* const found =
        std::find_if(commands.begin(), commands.end(),
                     [&](const Command& command) { return message.is(command.name); });
    return found == commands.end() ? nullptr : found;
}

void Session::bad_line(std::string_view kind, std::string_view reply) {
    ++counts_.bad_lines;
    config_->log->limited(kind, "a bad line (" + std::string{kind} + ") from " + host_);
    say(reply);
}

void Session::say(const std::vector<std::string>& lines) {
    for (const std::string& line : lines) say(line);
}

void Session::on(const Removed& removed) {
    // By now it may be there anew, having left and joined before it heard of this.
    if (!is_member(removed.key)) forget_channel(removed.key);
}

void Session::on(CheckSilence) {
    const auto idle = config_->options.idle_timeout;
    const auto silence = Clock::now() - heard_at_;
    if (!registered()) {
        end(Ending::unregistered, "Registration took too long");
    } else if (silence < idle) {
        check_after(idle - silence);
    } else if (pings_ == 0 || (pings_ == 1 && Clock::now() > check_due_ + check_late)) {
        // If we come late to this, its PONG may lie there unread: then it is asked once more.
        ++pings_;
        say(Line("", "PING").text(config_->options.name).done());
        check_after(idle);
    } else {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silence).count();
        end(Ending::silent, "Ping timeout: " + std::to_string(seconds) + " seconds");
    }
}

void Session::check_after(std::chrono::steady_clock::duration duration) {
    check_due_ = Clock::now() + duration;
    registry_.tell(CheckAt{number_, check_due_});
}

void Session::on(ServerEnds) { end(Ending::server_ended, "The server ends"); }

void Session::on(const greenroom::net::Closed& closed) {
    const bool slow = closed.reason == greenroom::net::CloseReason::slow_reader;
    end(slow ? Ending::slow : Ending::vanished, to_string(closed));
}

void Session::end(Ending ending, std::string_view reason) {
    if (ending_) return;
    ending_ = ending;
    quit_reason_ = reason;
    say(Line("", "ERROR").text("Closing link (" + host_ + "): " + quit_reason_).done());
    stop();
}

void Session::on_stop(const greenroom::ExitReason& reason) {
    if (reason.is_failure()) end(Ending::failed, "A fault of the server");
    // Last, whatever happens: when its client sees that, it has left and its nick is free. Others
    // may still hold the connection, to speak to who is no longer there.
    const struct Closing {
        greenroom::net::Connection& connection;
        ~Closing() { connection.close(); }
    } closing{*connection_};
    const Ending ending = ending_.value_or(Ending::server_ended);
    if (ending != Ending::server_ended) leave_all_channels();
    registry_.tell(Leave{number_, ending, counts_});
}

void Session::leave_all_channels() {
    if (!registered()) return;
    Line line{prefix_of(person_->mask()), "QUIT"};
    tell_all_channels(line.text(quit_reason_).done(), nullptr);
    channels_.clear();
}

// Each of the people in these channels reads the line once, however many channels they share.
void Session::tell_all_channels(const std::string& line, const PersonPtr& now) {
    std::vector<PersonNumber> told;
    for (const auto& [key, channel] : channels_) {
        // A channel that has ended has nobody to tell.
        if (auto all_told = answer_of(channel, Announce{number_, line, told, now})) {
            told = std::move(*all_told);
        }
    }
}

}  // namespace chat
