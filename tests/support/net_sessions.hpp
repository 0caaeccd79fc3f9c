// Sessions and talk that several tests of connections use.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/tcp.hpp>
#include <string>
#include <utility>

namespace greenroom::support {

class EchoSession : public Actor {
public:
    explicit EchoSession(net::Connection peer) : peer_{std::move(peer)} {}
    void on(net::Received bytes) { peer_.send(bytes); }
    void on(net::Closed) { stop(); }

private:
    net::Connection peer_;
};

// Sends the text, and returns what comes back, as long as that was.
inline std::string echoed(net::TcpStream& stream, const std::string& text) {
    stream.write_all(text);
    std::string answer(text.size(), '?');
    answer.resize(stream.read_exactly(std::span<char>{answer}));
    return answer;
}

}  // namespace greenroom::support
