// net_stress: clients of every temper (fast, slow, abrupt, half-open, silent) against servers in
// both styles, over sockets that take a part of what they are given and sometimes cannot accept.
//
// Property  Every byte is accounted for: what a client receives is what it sent, from the first
//           byte on; a session that came to the end of the stream has echoed all of it, but for
//           what it was told was dropped; nobody waits for ever; and no connection, descriptor,
//           thread or block is left.
#include <greenroom/net/serve.hpp>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

#include "net_sessions.hpp"
#include "support/net_faulty_sockets.hpp"

namespace greenroom::stress {

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::size_t clients_a_round = 24;
#else
constexpr std::size_t clients_a_round = 80;
#endif

enum class Temper : std::uint8_t { whole, whole_in_steps, slow, abrupt, silent, count };

// How a round is played.
struct Terms {
    explicit Terms(Random& random)
        : workers{random.of({1, 2, 3, 8})}, ends_under_load{random.one_in(4)} {
        serve.connection.output_bytes_max = random.of<std::size_t>({4'096, 65'536, 1 << 20});
        serve.connection.slow_reader =
            random.of({net::SlowReader::close, net::SlowReader::drop_newest,
                       net::SlowReader::suspend_sender});
        serve.connection.linger = random.of<Duration>({1ms, 60s});
        if (random.one_in(2)) serve.session.mailbox.bound = 1 + random.below(4U);
    }

    // What ended well has arrived whole.
    bool ends_well() const noexcept {
        return !ends_under_load && serve.connection.linger > Duration{1s};
    }

    int workers;
    bool ends_under_load;
    net::ServeOptions serve;
};

class Client {
public:
    Client(Runtime& runtime, const net::Address& address, Entry& entry, std::uint64_t number,
           std::uint64_t seed, const Terms& terms)
        : runtime_{runtime},
          address_{address},
          entry_{entry},
          number_{number},
          random_{seed},
          terms_{terms},
          planned_{header_bytes + random_.of<std::uint64_t>({0, 100, 10'000, 200'000, 600'000})} {}

    // In a fiber.
    void play() {
        const auto temper = static_cast<Temper>(random_.below(static_cast<int>(Temper::count)));
        try {
            stream_ = net::TcpStream::connect(address_);
        } catch (const Error&) {  // the server has gone
            require(terms_.ends_under_load, "who listens accepts");
            return;
        }
        figures.connections.fetch_add(1);
        try {
            play(temper);
        } catch (const Error&) {
            cut_ = true;
        }
        if (temper == Temper::silent) return;
        settle(temper == Temper::abrupt);
    }

private:
    bool drops_pieces() const noexcept {
        return terms_.serve.connection.slow_reader == net::SlowReader::drop_newest;
    }

    void play(Temper temper) {
        switch (temper) {
            case Temper::silent: return wait_for_the_end();
            case Temper::whole_in_steps: return play_in_steps();
            case Temper::abrupt: planned_ = random_.below(planned_) + 1; break;
            default: break;
        }
        const Duration nap = temper == Temper::slow ? 300us : 0us;
        // Before the stream is closed, and its place goes: the task is joined first.
        Task<void> reader;
        const std::uint64_t bytes_max = temper == Temper::abrupt ? random_bytes_ : UINT64_MAX;
        const auto start_reader = [&] {
            reader = spawn(runtime_, [this, nap, bytes_max] { read_to_the_end(nap, bytes_max); });
        };
        // Where nobody waits for it, the slow one reads only when it has written more than the
        // kernel takes: pieces are dropped, or it is closed.
        const bool is_waited_for =
            terms_.serve.connection.slow_reader == net::SlowReader::suspend_sender;
        const bool reads_late = temper == Temper::slow && !is_waited_for;
        if (reads_late) {
            planned_ = 8'000'000;
        } else {
            start_reader();
        }
        try {
            write_all(temper == Temper::abrupt ? Deadline::after(50ms) : Deadline::never());
            if (temper != Temper::abrupt) stream_.shutdown_write();
        } catch (const Error&) {
            cut_ = true;
        }
        if (reads_late) start_reader();
        if (temper == Temper::abrupt) stream_.close();
        reader.get();
    }

    void write_all(Deadline patience) {
        while (sent_ < planned_) {
            const std::uint64_t left = planned_ - sent_;
            const std::size_t count = std::min<std::uint64_t>(left, 1 + random_.below(20'000U));
            // Who reads no more than it likes may find that nobody reads what it writes.
            if (!stream_.write_all_before(patience, stream_bytes(number_, sent_, count))) {
                sent_ += count;  // some of it
                return;
            }
            sent_ += count;
            support::progress().step();
            if (random_.one_in(50)) yield();
        }
    }

    // Writes a little, reads it, and so on.
    void play_in_steps() {
        while (sent_ < planned_) {
            const std::uint64_t left = planned_ - sent_;
            // Nothing comes back before the server has the whole header.
            const std::uint64_t least = sent_ == 0 ? header_bytes : 1;
            const std::size_t count = std::min<std::uint64_t>(left, least + random_.below(2'000U));
            stream_.write_all(stream_bytes(number_, sent_, count));
            sent_ += count;
            while (!drops_pieces() && received_ < sent_) {
                if (!read_some(sent_ - received_)) {
                    cut_ = true;
                    return;
                }
            }
        }
        stream_.shutdown_write();
        read_to_the_end(0us, UINT64_MAX);
    }

    void read_to_the_end(Duration nap, std::uint64_t bytes_max) {
        try {
            while (received_ < bytes_max && read_some(UINT64_MAX)) {
                if (nap > 0us && random_reads_.one_in(8)) sleep_for(nap);
            }
        } catch (const Error&) {
            cut_ = true;
        }
    }

    // False at the end.
    bool read_some(std::uint64_t bytes_max) {
        std::array<char, 8192> buffer;
        const std::size_t room = std::min<std::uint64_t>(buffer.size(), bytes_max);
        const std::size_t count = stream_.read_some(std::span<char>{buffer.data(), room});
        support::progress().step();
        // Where pieces were dropped, only their number can be told.
        for (std::size_t i = 0; !drops_pieces() && i < count; ++i) {
            require(buffer[i] == stream_byte(number_, received_ + i),
                    "bytes come as they were sent");
        }
        received_ += count;
        return count > 0;
    }

    void wait_for_the_end() {
        std::array<char, 16> buffer;
        // Nobody hangs up on who says nothing: until this side does.
        (void)stream_.read_some_before(Deadline::after(random_.of<Duration>({1ms, 50ms})), buffer);
        stream_.close();
    }

    void settle(bool abrupt) {
        stream_.close();
        figures.bytes_echoed.fetch_add(received_);
        require(received_ <= sent_, "no more is echoed than was sent");
        // Only who has seen the end of the stream knows that the server is done.
        if (abrupt || cut_) return;
        const std::uint64_t echoed = entry_.echoed.load();
        figures.bytes_dropped.fetch_add(entry_.dropped.load());
        require(received_ <= echoed, "no more is received than was echoed");
        const bool whole = entry_.ended.load() && !entry_.faulty.load();
        (whole ? figures.whole_streams : figures.cut_streams).fetch_add(1);
        if (!whole || !terms_.ends_well()) return;
        require_equal(sent_, echoed + entry_.dropped.load(), "bytes sent and echoed");
        require_equal(received_, echoed, "bytes received and echoed");
    }

    Runtime& runtime_;
    const net::Address address_;
    Entry& entry_;
    const std::uint64_t number_;
    Random random_;
    const Terms& terms_;
    std::uint64_t planned_;
    net::TcpStream stream_;
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;    // of the reader until it was joined, as
    Random random_reads_{number_};  // this
    const std::uint64_t random_bytes_ = random_reads_.below(100'000U);
    std::atomic<bool> cut_{false};
};

class Round {
public:
    explicit Round(std::uint64_t seed) : random_{seed}, terms_{random_} {
        ledger_.entries.resize(clients_a_round);
        sockets_.send_bytes_max = random_.of<std::size_t>({SIZE_MAX, 1'000, 100'000});
        SystemOptions options;
        options.runtime.workers = terms_.workers;
        options.grace = random_.of<Duration>({1ms, 5s});
        system_ = std::make_unique<System>(options);
        net::use_sockets(system_->runtime(), sockets_);
        clients_ = std::make_unique<Runtime>(RuntimeOptions{.workers = random_.of({1, 2})});
        support::progress().watch([this] { return system_->dump() + clients_->dump(); });
    }
    ~Round() { support::progress().watch({}); }
    Round(const Round&) = delete;
    Round& operator=(const Round&) = delete;

    void play() {
        random_.one_in(3) ? play_streams() : play_connections();
        support::progress().watch({});
        clients_.reset();
        system_.reset();
    }

private:
    void play_connections() {
        const net::Server server =
            net::serve_with<Session>(*system_, terms_.serve, "127.0.0.1:0", &ledger_);
        auto clients = start_clients(server.local_address());
        if (terms_.ends_under_load) {
            while (server.stats().accepted < clients_a_round / 2) std::this_thread::yield();
            (void)system_->stop(random_.of({StopPolicy::drain, StopPolicy::now}),
                                Deadline::after(random_.of<Duration>({1ms, 100ms})));
        }
        for (auto& client : clients) client.get();
        server.stop();
        while (server.stats().open != 0) std::this_thread::yield();
    }

    void play_streams() {
        terms_.serve.connection.slow_reader = net::SlowReader::suspend_sender;
        terms_.serve.connection.linger = 60s;
        Runtime& runtime = system_->runtime();
        net::TcpListener listener =
            run(runtime, [] { return net::TcpListener::bind("127.0.0.1:0"); });
        auto acceptor = spawn(runtime, [this, &listener] { accept_all(listener); });
        auto clients = start_clients(listener.local_address());
        if (terms_.ends_under_load) {
            while (accepted_.load() < clients_a_round / 2) std::this_thread::yield();
            acceptor.cancel();
            acceptor.join();
            listener.close();  // those that still wait for it are turned away
        }
        for (auto& client : clients) client.get();
        acceptor.cancel();
        acceptor.join();
    }

    void accept_all(net::TcpListener& listener) {
        std::vector<Task<void>> sessions;
        for (;;) {
            net::TcpStream stream = listener.accept();
            accepted_.fetch_add(1);
            // A task is copied, and a stream is not.
            auto session = std::make_shared<StreamSession>(std::move(stream), ledger_);
            sessions.push_back(spawn([session] { session->serve(); }, {.name = "session"}));
        }
    }

    std::vector<Task<void>> start_clients(const net::Address& address) {
        std::vector<Task<void>> clients;
        for (std::size_t i = 0; i < clients_a_round; ++i) {
            clients.push_back(
                spawn(*clients_,
                      [this, address, i, seed = random_.next()] {
                          Client{*clients_, address, ledger_.entry(i), i, seed, terms_}.play();
                      },
                      {.name = "client"}));
            if (random_.one_in(10)) {
                sockets_.accept_error = random_.of({ECONNABORTED, EMFILE});
                sockets_.accept_failures = 1;
            }
        }
        return clients;
    }

    Random random_;
    Terms terms_;
    Ledger ledger_;
    support::FaultySockets sockets_;
    std::unique_ptr<System> system_;
    std::unique_ptr<Runtime> clients_;
    Count accepted_{0};
};

}  // namespace

}  // namespace greenroom::stress

int main(int argc, char** argv) {
    using namespace greenroom::stress;
    greenroom::support::play_stress<Round>(argc, argv,
                                           {{"connections", &figures.connections},
                                            {"bytes echoed", &figures.bytes_echoed},
                                            {"whole streams", &figures.whole_streams},
                                            {"cut streams", &figures.cut_streams},
                                            {"bytes dropped", &figures.bytes_dropped},
                                            {"slow readers", &figures.slow_readers},
                                            {"abrupt ends", &figures.abrupt_ends}});
}
