// Table: an actor that answers with streams of rows, for tests.
#pragma once

#include <atomic>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/stream.hpp>
#include <greenroom/core/task.hpp>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "cast.hpp"

namespace greenroom::cast {

// An item; counts those that live.
class Row {
public:
    explicit Row(int value) : number{value} { living.fetch_add(1); }
    Row(const Row& other) : Row{other.number} {}
    Row(Row&& other) noexcept : Row{static_cast<const Row&>(other)} {}
    Row& operator=(const Row&) = default;
    ~Row() { living.fetch_sub(1); }

    int number;
    static inline std::atomic<int> living{0};
};

// What has come of the rows of a table.
struct Tally {
    std::atomic<int> sent{0};
    std::atomic<int> read{0};
    std::atomic<int> refused{0};    // by a reader that had gone
    std::atomic<int> unwound{0};    // handlers that an exception ended
    std::atomic<int> max_ahead{0};  // of the reader
};

// Asks for the rows 1, 2, ... The handler lets others run before each.
struct Query {
    int rows;
    int pauses = 0;
};
// The same; the handler fails behind them.
struct QueryAndFail {
    int rows;
};
// The same of a task.
struct QueryByTask {
    int rows;
};
// A stream that is kept until other messages say what comes of it.
struct Subscribe {};
struct Drop {};
struct Close {};
struct Refuse {};

class Table : public Actor {
public:
    explicit Table(std::shared_ptr<Tally> tally = std::make_shared<Tally>())
        : tally_{std::move(tally)} {}

    void on(Query query, StreamReply<Row> rows) { send(*tally_, query, std::move(rows)); }
    void on(const QueryAndFail& query, StreamReply<Row> rows) {
        for (int i = 1; i <= query.rows; ++i) (void)rows.send(Row{i});
        throw std::runtime_error("no luck");
    }
    void on(QueryByTask&& query, StreamReply<Row> rows) {
        greenroom::spawn([tally = tally_, query, rows = std::move(rows)]() mutable {
            send(*tally, Query{query.rows}, std::move(rows));
        }).detach();
    }
    void on(Subscribe, StreamReply<Row> rows) { kept_.push_back(std::move(rows)); }
    int on(Number number) {
        std::erase_if(
            kept_, [&](auto& rows) { return rows.try_send(Row{number.value}) == Sent::stopped; });
        return static_cast<int>(kept_.size());
    }
    void on(Drop) { kept_.clear(); }
    void on(Close) {
        for (auto& rows : std::exchange(kept_, {})) rows.close();
    }
    void on(Refuse) {
        for (auto& rows : std::exchange(kept_, {})) {
            rows.fail(Error{Errc::not_found, "none here"});
        }
    }
    void on(const Hold& hold) { hold.wait(); }
    void on(Stop) { stop(); }

private:
    static void send(Tally& tally, Query query, StreamReply<Row> rows) {
        struct Leaving {
            Tally& tally;
            const int before = std::uncaught_exceptions();
            ~Leaving() { tally.unwound += std::uncaught_exceptions() > before ? 1 : 0; }
        };
        const Leaving leaving{tally};
        for (int i = 1; i <= query.rows; ++i) {
            for (int pause = 0; pause < query.pauses; ++pause) yield();
            if (!rows.send(Row{i})) return static_cast<void>(++tally.refused);
            const int ahead = ++tally.sent - tally.read;
            if (ahead > tally.max_ahead) tally.max_ahead = ahead;
        }
        rows.close();
    }

    const std::shared_ptr<Tally> tally_;
    std::vector<StreamReply<Row>> kept_;
};

// The numbers of what is received until the end.
inline std::vector<int> numbers_of(Stream<Row> rows) {
    std::vector<int> numbers;
    for (const Row& row : rows) numbers.push_back(row.number);
    return numbers;
}

}  // namespace greenroom::cast
