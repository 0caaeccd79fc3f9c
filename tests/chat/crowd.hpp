// Crowd: many clients on one epoll, some of which talk and some of which never read.
//
// Each message says who sent it and its number among his, so that whoever hears it can tell a loss
// and a wrong order. A talker has at most `window` messages on the way that not all have heard.
//
// Threads  One.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string_view>

#include "chat/server_process.hpp"

namespace chat_test {

struct CrowdPlan {
    int port = 0;
    std::size_t clients = 2'000;
    std::size_t channels = 50;
    std::size_t deaf = 20;               // they join, and then read no more
    std::size_t deaf_channels = 2;       // the last ones: their last members are deaf
    std::size_t talkers_of_channel = 4;  // its first members
    std::uint32_t messages_of_talker = 300;
    std::uint32_t loudness = 10;  // how many times as much the channels of the deaf have to say
    std::size_t window = 4;
    std::size_t text_bytes = 300;
    std::size_t killed_channel = 7;  // what is said there is checked for order only
};

class Crowd {
public:
    explicit Crowd(const CrowdPlan& plan)
        : plan_{plan}, epoll_fd_{epoll_create1(EPOLL_CLOEXEC)}, readers_(plan.channels) {}

    ~Crowd() {
        for (const auto& client : clients_) close(client->fd);
        close(epoll_fd_);
    }

    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    // Connects all, registers and joins them, some at a time.
    void gather() {
        constexpr std::size_t at_once_max = 200;
        const SteadyTime deadline = std::chrono::steady_clock::now() + std::chrono::seconds{120};
        while (joined_ < plan_.clients) {
            while (clients_.size() < plan_.clients && clients_.size() - joined_ < at_once_max) {
                connect_one(clients_.size());
            }
            turn(std::chrono::milliseconds{100});
            if (lost_ > 0) fail("a client was cut off before it had joined");
            if (std::chrono::steady_clock::now() > deadline) {
                fail("only " + std::to_string(joined_) + " clients joined in time");
            }
        }
    }

    // Each talker sends its first messages; the others follow as these are heard.
    void start_talking() {
        for (std::size_t i = 0; i < plan_.talkers_of_channel * plan_.channels; ++i) {
            Client& client = *clients_[i];
            client.unheard.resize(plan_.window);
            if (!in_killed_channel(client)) {
                expected_ += messages_of(client) * (readers_[channel_of(client)] - 1);
            }
            for (std::size_t k = 0; k < plan_.window; ++k) say(client);
        }
    }

    void kill_channel() {
        Client& client = *clients_[plan_.killed_channel];
        send(client, "KILLCHANNEL " + channel_name(client) + "\r\n");
    }

    // Handles what the sockets have, after waiting for it for at most so long.
    void turn(std::chrono::milliseconds longest) {
        std::array<epoll_event, 512> events;
        const int count = epoll_wait(epoll_fd_, events.data(), static_cast<int>(events.size()),
                                     static_cast<int>(longest.count()));
        for (int i = 0; i < count; ++i) {
            const epoll_event& event = events[static_cast<std::size_t>(i)];
            Client& client = *clients_[event.data.u32];
            if (event.events & EPOLLOUT) flush(client);
            const bool end_may_follow = event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
            if (end_may_follow || (event.events & EPOLLIN)) readable(client, end_may_follow);
        }
    }

    bool all_heard() const noexcept { return heard_ == expected_; }
    bool all_kicked() const noexcept { return kicked_ == readers_[plan_.killed_channel]; }
    bool all_rejoined() const noexcept { return rejoined_ == readers_[plan_.killed_channel]; }
    bool all_ended() const noexcept { return ended_ == plan_.clients - plan_.deaf; }
    std::size_t heard() const noexcept { return heard_; }
    std::size_t expected() const noexcept { return expected_; }
    std::size_t out_of_order() const noexcept { return out_of_order_; }
    std::size_t lost() const noexcept { return lost_; }  // readers cut off without a goodbye

private:
    enum class State { connecting, registered, joined, gone };

    struct Client {
        int fd = -1;
        std::size_t number = 0;
        State state = State::connecting;
        bool deaf = false;
        bool said_goodbye = false;
        std::string input;
        std::string output;
        std::vector<std::uint32_t> last_of;  // by talker of the channel
        std::uint32_t sent = 0;
        std::vector<std::size_t> unheard;  // a talker's: how many have yet to hear it, by number
    };

    std::size_t channel_of(const Client& client) const { return client.number % plan_.channels; }

    bool has_deaf_members(const Client& client) const {
        return channel_of(client) >= plan_.channels - plan_.deaf_channels;
    }

    bool is_deaf(const Client& client) const {
        const std::size_t members = plan_.clients / plan_.channels;
        const std::size_t place = client.number / plan_.channels;
        return has_deaf_members(client) && place >= members - plan_.deaf / plan_.deaf_channels;
    }

    std::uint32_t messages_of(const Client& talker) const {
        return plan_.messages_of_talker * (has_deaf_members(talker) ? plan_.loudness : 1);
    }

    bool in_killed_channel(const Client& client) const {
        return channel_of(client) == plan_.killed_channel;
    }

    std::string channel_name(const Client& client) const {
        return "#c" + std::to_string(channel_of(client));
    }

    void connect_one(std::size_t number);
    void say(Client& client);
    void send(Client& client, const std::string& text);
    void flush(Client& client);
    void readable(Client& client, bool end_may_follow);
    void handle(Client& client, std::string_view line);
    void handle_number(Client& client, std::string_view number);
    void handle_message(Client& client, std::string_view text);
    void handle_end(Client& client);

    const CrowdPlan plan_;
    const int epoll_fd_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::size_t> readers_;  // by channel
    std::size_t joined_ = 0;
    std::size_t heard_ = 0;     // outside the killed channel, as is
    std::size_t expected_ = 0;  // this
    std::size_t out_of_order_ = 0;
    std::size_t kicked_ = 0;
    std::size_t rejoined_ = 0;
    std::size_t ended_ = 0;
    std::size_t lost_ = 0;
};

inline void Crowd::connect_one(std::size_t number) {
    auto client = std::make_unique<Client>();
    client->number = number;
    client->deaf = is_deaf(*client);
    client->last_of.resize(plan_.talkers_of_channel);
    if (!client->deaf) ++readers_[channel_of(*client)];
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client->fd < 0) fail("socket: the limit of descriptors is too low for this crowd");
    const int small = 4096;
    const int one = 1;
    if (client->deaf) setsockopt(client->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(plan_.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(client->fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        fail("connect");
    }
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.u32 = static_cast<std::uint32_t>(number);
    epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, client->fd, &event);
    clients_.push_back(std::move(client));
    const std::string nick = "u" + std::to_string(number);
    send(*clients_.back(), "NICK " + nick + "\r\nUSER " + nick + " 0 * :crowd\r\n");
}

inline void Crowd::say(Client& client) {
    if (client.sent == messages_of(client)) return;
    ++client.sent;
    client.unheard[client.sent % plan_.window] = readers_[channel_of(client)] - 1;
    std::string text = std::to_string(client.number) + ' ' + std::to_string(client.sent) + ' ';
    if (text.size() < plan_.text_bytes) text.append(plan_.text_bytes - text.size(), 'x');
    send(client, "PRIVMSG " + channel_name(client) + " :" + text + "\r\n");
}

inline void Crowd::send(Client& client, const std::string& text) {
    client.output += text;
    flush(client);
}

inline void Crowd::flush(Client& client) {
    if (client.output.empty() || client.state == State::gone) return;
    const ssize_t sent =
        ::send(client.fd, client.output.data(), client.output.size(), MSG_NOSIGNAL);
    if (sent > 0) client.output.erase(0, static_cast<std::size_t>(sent));
}

inline void Crowd::readable(Client& client, bool end_may_follow) {
    static std::array<char, 65'536> chunk;
    for (;;) {
        if (client.state == State::gone || (client.deaf && client.state == State::joined)) return;
        const ssize_t got = recv(client.fd, chunk.data(), chunk.size(), 0);
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return handle_end(client);
        client.input.append(chunk.data(), static_cast<std::size_t>(got));
        std::size_t start = 0;
        for (std::size_t end; (end = client.input.find("\r\n", start)) != std::string::npos;) {
            handle(client, std::string_view{client.input}.substr(start, end - start));
            start = end + 2;
        }
        client.input.erase(0, start);
        // A short read has emptied the socket; but what ends it makes no further event.
        if (got < static_cast<ssize_t>(chunk.size()) && !end_may_follow) return;
    }
}

inline void Crowd::handle(Client& client, std::string_view line) {
    if (line.starts_with("PING ")) {
        return send(client, "PONG " + std::string{line.substr(5)} + "\r\n");
    }
    if (line.starts_with("ERROR ")) client.said_goodbye = true;
    const std::size_t space = line.find(' ');
    if (!line.starts_with(':') || space == std::string_view::npos) return;
    const std::string_view rest = line.substr(space + 1);
    const std::size_t text = rest.find(" :");
    if (rest.starts_with("PRIVMSG ") && text != std::string_view::npos) {
        handle_message(client, rest.substr(text + 2));
    } else if (rest.starts_with("KICK ")) {
        ++kicked_;
        send(client, "JOIN " + channel_name(client) + "\r\n");
    } else {
        handle_number(client, rest.substr(0, 3));
    }
}

inline void Crowd::handle_number(Client& client, std::string_view number) {
    if (number == "001" && client.state == State::connecting) {
        client.state = State::registered;
        send(client, "JOIN " + channel_name(client) + "\r\n");
    } else if (number == "366" && client.state == State::registered) {
        client.state = State::joined;
        ++joined_;
    } else if (number == "366") {
        ++rejoined_;
    }
}

inline void Crowd::handle_message(Client& client, std::string_view text) {
    std::size_t from = 0;
    std::uint32_t number = 0;
    const char* const end = text.data() + text.size();
    const char* const space = std::from_chars(text.data(), end, from).ptr;
    if (space == end || std::from_chars(space + 1, end, number).ec != std::errc{}) return;
    std::uint32_t& last = client.last_of[from / plan_.channels];
    const bool in_order = in_killed_channel(client) ? number > last : number == last + 1;
    last = number;
    if (!in_order) ++out_of_order_;
    if (in_killed_channel(client)) return;
    ++heard_;
    Client& talker = *clients_[from];
    if (--talker.unheard[number % plan_.window] == 0) say(talker);
}

inline void Crowd::handle_end(Client& client) {
    client.state = State::gone;
    ++ended_;
    if (!client.said_goodbye && !client.deaf) ++lost_;
}

}  // namespace chat_test
