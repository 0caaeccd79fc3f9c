// TcpStream and TcpListener, and connections as messages: beside open_connection and start_server.
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/framing.hpp>
#include <greenroom/net/serve.hpp>
#include <greenroom/net/tcp.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

// [echo]
void echo(net::TcpStream& client) {
    try {
        while (const std::optional<std::string> line = client.next_line()) {
            client.write_all("echo " + *line + "\n");  // waits as write() and drain() do
        }
    } catch (const Error&) {
        // the connection broke: this client is gone, the others stay
    }
}

void accept_clients(net::TcpListener& listener) {
    TaskGroup clients{parallel | keep_going};
    for (;;) {
        clients.spawn([client = listener.accept()]() mutable { echo(client); });
    }
}
// [end]

std::string ask(const net::Address& address) {
    // [open_connection]
    net::TcpStream stream = net::TcpStream::connect(address, Deadline::after(10s));
    stream.write_all("hello\n");
    const std::string line = stream.read_line();  // EndOfStream if there is none
    stream.shutdown_write();                      // write_eof
    const bool at_end = !stream.next_line().has_value();
    // [end]
    return at_end ? line : "more than was asked for";
}

void serve_by_calls() {
    // [start_server]
    net::TcpListener listener = net::TcpListener::bind("127.0.0.1:0");  // of the system's choice
    Task<void> server = spawn([&] { accept_clients(listener); });
    // [end]
    expect(ask(listener.local_address()) == "echo hello", "the server answers");
    server.cancel();
    server.join();
}

void read_by_the_byte() {
    net::TcpListener listener = net::TcpListener::bind("127.0.0.1:0");
    Task<void> server = spawn([&] { listener.accept().write_all("4 bytes, and more"); });
    net::TcpStream stream = net::TcpStream::connect(listener.local_address());
    // [read_exactly]
    char head[4];
    const std::size_t got = stream.read_exactly(head);  // fewer only at the end of the stream
    char piece[100];
    const std::size_t more = stream.read_some(piece);  // at least one byte, or 0 at the end
    // [end]
    server.join();
    expect(got == 4 && std::string(head, got) == "4 by" && more > 0, "both have their bytes");
}

// [session]
class Session : public Actor {  // the Protocol of a connection
public:
    explicit Session(net::Connection peer) : peer_{std::move(peer)} {}

    void on(const net::Received& bytes) {  // data_received
        for (const net::Line& line : framer_.lines(bytes)) {
            peer_.send("echo " + std::string{line.text} + "\n");
        }
    }
    void on(const net::Closed&) { stop(); }  // connection_lost

private:
    net::Connection peer_;
    net::LineFramer framer_;
};
// [end]

void serve_by_messages() {
    // [serve]
    System system;
    const net::Server server = net::serve<Session>(system, "127.0.0.1:0");
    // [end]
    expect(ask(server.local_address()) == "echo hello", "the sessions answer");
}

}  // namespace

std::vector<Snippet> stream_snippets() {
    return {
        {"serve_by_calls", serve_by_calls},
        {"read_by_the_byte", read_by_the_byte},
        {"serve_by_messages", serve_by_messages, true},
    };
}
