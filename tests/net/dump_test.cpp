// dump() where all floors are: the waits that core does not know, in the stack of the user.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/net/tcp.hpp>
#include <string>

#include "support/net_runtimes.hpp"

namespace greenroom::net {

using namespace std::chrono_literals;

class NetDumpTest : public support::OnWorkers {};
GREENROOM_ON_WORKERS(NetDumpTest);

struct Question {};
struct Ask {};

class Silent : public Actor {
public:
    explicit Silent(Event& may_answer) : may_answer_{may_answer} {}
    int on(Question) {
        may_answer_.wait();
        return 1;
    }

private:
    Event& may_answer_;
};

// What a user's functions look like. They do something after the wait, so that no compiler makes
// the call their end.
class Asker : public Actor {
public:
    explicit Asker(Ref<Silent> silent) : silent_{std::move(silent)} {}
    void on(Ask) { ask_the_silent_one(); }
    [[gnu::noinline]] void ask_the_silent_one() { answers_ += silent_.ask(Question{}, 1h); }

private:
    Ref<Silent> silent_;
    std::atomic<int> answers_{0};
};

struct Reader {
    [[gnu::noinline]] void read_from_the_peer() {
        std::array<char, 16> room;
        bytes += stream.read_some(room);
    }
    TcpStream stream;
    std::atomic<std::size_t> bytes{0};
};

TEST_P(NetDumpTest, AnAskAndASocketReadShowTheFunctionOfTheUser) {
    System system{options()};
    Runtime& runtime = system.runtime();
    Event may_answer;
    const auto asker = system.spawn<Asker>(system.spawn<Silent>(may_answer));
    TcpStream peer;
    Reader reader;
    run(runtime, [&] {
        TcpListener listener = TcpListener::bind("127.0.0.1:0");
        peer = TcpStream::connect(listener.local_address(), support::soon());
        reader.stream = listener.accept();
    });
    auto reading = spawn(runtime, [&] { reader.read_from_the_peer(); });
    asker.tell(Ask{});
    std::string dump;
    const auto shows = [&](const char* function) {
        return dump.find(function) != std::string::npos;
    };
    EXPECT_TRUE(support::eventually([&] {
        dump = runtime.dump();
        return shows("Asker::ask_the_silent_one()") && shows("Reader::read_from_the_peer()");
    })) << dump;
    may_answer.set();
    peer.write_all("!");
    reading.get();
    EXPECT_EQ(reader.bytes, 1u);
}

}  // namespace greenroom::net
