// The server's side of net_stress.cpp: sessions that echo, each in a way drawn from its stream.
//
// A stream begins with eight bytes, which name its entry in the Ledger; all of it is echoed.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <deque>
#include <greenroom/actors/actor.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/net/connection.hpp>
#include <greenroom/net/tcp.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "support/stress.hpp"

namespace greenroom::stress {

using namespace std::chrono_literals;
using support::Count;
using support::Random;
using support::require;
using support::require_equal;

struct Figures {
    Count connections{0};
    Count bytes_echoed{0};
    Count whole_streams{0};
    Count cut_streams{0};
    Count bytes_dropped{0};
    Count slow_readers{0};
    Count abrupt_ends{0};
};
inline Figures figures;

// What the server did with one stream.
struct Entry {
    Count echoed{0};                  // bytes that a send took
    Count dropped{0};                 // and that it did not take
    std::atomic<bool> ended{false};   // the session came to the end of the stream
    std::atomic<bool> faulty{false};  // it ended by itself, or was made to
};

struct Ledger {
    Entry& entry(std::uint64_t number) {
        require(number < entries.size(), "a stream begins as its client began it");
        return entries[number];
    }
    std::deque<Entry> entries;
};

constexpr std::size_t header_bytes = sizeof(std::uint64_t);

// The bytes of a stream, for both ends.
inline char stream_byte(std::uint64_t number, std::uint64_t position) noexcept {
    if (position < header_bytes) return static_cast<char>(number >> (8 * position) & 0xff);
    std::uint64_t mixed = (number << 40U) + position / 8;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
    return static_cast<char>(mixed >> (8 * (position % 8)) & 0xff);
}
inline std::string stream_bytes(std::uint64_t number, std::uint64_t from, std::size_t count) {
    std::string text(count, '\0');
    for (std::size_t i = 0; i < count; ++i) text[i] = stream_byte(number, from + i);
    return text;
}

// Reads the header off a stream that comes in pieces.
class Header {
public:
    // The bytes that follow are the stream's; the number is known after header_bytes of them.
    std::optional<std::uint64_t> add(std::string_view text) noexcept {
        for (const char byte : text) {
            if (have_ == header_bytes) break;
            number_ |= std::uint64_t{static_cast<unsigned char>(byte)} << (8 * have_++);
        }
        if (have_ < header_bytes) return std::nullopt;
        return number_;
    }

private:
    std::uint64_t number_ = 0;
    std::size_t have_ = 0;
};

// How a session treats its stream.
enum class Manner : std::uint8_t { echo, naps, pauses, closes, closes_now, stops, throws, count };
inline Manner manner_of(std::uint64_t number) noexcept {
    // Most go to the end of the stream.
    const std::uint64_t drawn = Random{number}.next() % 20;
    return drawn < static_cast<std::uint64_t>(Manner::count) ? static_cast<Manner>(drawn)
                                                             : Manner::echo;
}
constexpr std::uint64_t bytes_of_patience = 30'000;  // then those that end by themselves do

struct Resume {};

class Session : public Actor {
public:
    Session(net::Connection peer, Ledger* ledger) : peer_{std::move(peer)}, ledger_{*ledger} {}

    void on(net::Received received) {
        support::progress().step();
        const auto number = header_.add(received.text());
        if (!number) {
            held_.append(received.text());
            return;
        }
        Entry& entry = ledger_.entry(*number);
        entry_ = &entry;
        if (!held_.empty()) echo(entry, std::exchange(held_, {}));
        echo(entry, received.text());
        seen_ += received.size();
        behave(entry, manner_of(*number));
    }
    void on(net::Closed closed) {
        if (closed.reason == net::CloseReason::slow_reader) figures.slow_readers.fetch_add(1);
        if (entry_ != nullptr) {
            (closed.reason == net::CloseReason::end_of_stream ? entry_->ended : entry_->faulty)
                .store(true);
        }
        stop();
    }
    void on(Resume) { peer_.resume(); }

private:
    void echo(Entry& entry, std::string_view text) {
        try {
            (peer_.send(text) ? entry.echoed : entry.dropped).fetch_add(text.size());
        } catch (const Cancelled&) {
            entry.faulty.store(true);
            throw;
        }
    }

    void behave(Entry& entry, Manner manner) {
        switch (manner) {
            case Manner::naps:
                if (seen_ % 5 == 0) sleep_for(200us);
                yield();
                return;
            case Manner::pauses:
                peer_.pause();
                self(this).tell(Resume{});
                return;
            case Manner::closes:
            case Manner::closes_now:
            case Manner::stops:
            case Manner::throws: break;
            default: return;
        }
        if (seen_ < bytes_of_patience) return;
        entry.faulty.store(true);
        figures.abrupt_ends.fetch_add(1);
        if (manner == Manner::throws) throw std::runtime_error{"as planned"};
        if (manner == Manner::closes) peer_.close();
        if (manner == Manner::closes_now) peer_.close_now();
        stop();
    }

    net::Connection peer_;
    Ledger& ledger_;
    Header header_;
    std::string held_;  // of a header that is not whole
    Entry* entry_ = nullptr;
    std::uint64_t seen_ = 0;
};

// The same as a task with calls that wait.
class StreamSession {
public:
    StreamSession(net::TcpStream stream, Ledger& ledger)
        : stream_{std::move(stream)}, ledger_{ledger} {}

    void serve() {
        try {
            echo_all();
        } catch (const Error&) {  // the peer has gone, or is too slow
            if (entry_ != nullptr) entry_->faulty.store(true);
        } catch (const Cancelled&) {
            if (entry_ != nullptr) entry_->faulty.store(true);
            throw;
        }
    }

private:
    void echo_all() {
        std::array<char, header_bytes> first{};
        if (stream_.read_exactly(first) < first.size()) return;
        const std::uint64_t number = *header_.add({first.data(), first.size()});
        entry_ = &ledger_.entry(number);
        const Manner manner = manner_of(number);
        echo({first.data(), first.size()});
        std::array<char, 4096> buffer;
        while (const std::size_t count = stream_.read_some(buffer)) {
            support::progress().step();
            echo({buffer.data(), count});
            seen_ += count;
            if (manner == Manner::naps) yield();
            if (manner >= Manner::closes && seen_ >= bytes_of_patience) {
                entry_->faulty.store(true);
                figures.abrupt_ends.fetch_add(1);
                return;
            }
        }
        entry_->ended.store(true);
    }
    void echo(std::string_view text) {
        stream_.write_all(text);
        entry_->echoed.fetch_add(text.size());
    }

    net::TcpStream stream_;
    Ledger& ledger_;
    Header header_;
    Entry* entry_ = nullptr;
    std::uint64_t seen_ = 0;
};

}  // namespace greenroom::stress
