// Work that is mostly computing, or mostly actors' lives: nqueens (a master and 20 workers), fib (a
// tree of 150,049 actors).
#include <algorithm>
#include <cstdlib>
#include <greenroom/core/event.hpp>
#include <vector>

#include "bench.hpp"

namespace {

using greenroom::Actor;
using greenroom::Event;
using greenroom::Ref;
using greenroom::System;

constexpr double ns_in_ms = 1e6;

using Board = std::vector<int>;  // the queen's column in each row

bool is_valid(const Board& board) {
    for (std::size_t i = 0; i < board.size(); ++i) {
        for (std::size_t j = i + 1; j < board.size(); ++j) {
            const int apart = static_cast<int>(j - i);
            if (board[j] == board[i] || std::abs(board[j] - board[i]) == apart) return false;
        }
    }
    return true;
}

// Calls with each valid board of one more row.
template <class Call>
void for_each_next(const Board& board, int size, const Call& call) {
    for (int column = 0; column < size; ++column) {
        Board next;
        next.reserve(board.size() + 1);
        next = board;
        next.push_back(column);
        if (is_valid(next)) call(std::move(next));
    }
}

std::int64_t solutions(const Board& board, int size) {
    if (static_cast<int>(board.size()) == size) return 1;
    std::int64_t sum = 0;
    for_each_next(board, size, [&](const Board& next) { sum += solutions(next, size); });
    return sum;
}

struct Piece {
    Board board;
};
struct Found {
    std::int64_t solutions;
};
struct PieceDone {};

struct Task {
    int size;
    std::size_t threshold;  // rows from which on a worker goes on alone
};

class Chief;

class Hand : public Actor {
public:
    Hand(Ref<Chief> chief, Task task) : chief_{std::move(chief)}, task_{task} {}
    void on(const Piece& piece);

private:
    Ref<Chief> chief_;
    Task task_;
};

struct Start {
    Task task;
    std::int64_t* total;
    Event* done;
};

class Chief : public Actor {
public:
    void on(const Start& start) {
        start_ = start;
        for (int i = 0; i < 20; ++i) hands_.push_back(spawn<Hand>(self(this), start.task));
        on(Piece{});
    }
    void on(Piece&& piece) { hands_[sent_++ % hands_.size()].tell(std::move(piece)); }
    void on(const Found& found) { *start_.total += found.solutions; }
    void on(PieceDone) {
        if (++finished_ == sent_) start_.done->set();
    }

private:
    Start start_{};
    std::vector<Ref<Hand>> hands_;
    std::size_t sent_ = 0;
    std::size_t finished_ = 0;
};

void Hand::on(const Piece& piece) {
    if (piece.board.size() >= task_.threshold) {
        const std::int64_t found = solutions(piece.board, task_.size);
        if (found > 0) chief_.tell(Found{found});
    } else {
        for_each_next(piece.board, task_.size,
                      [&](Board&& next) { chief_.tell(Piece{std::move(next)}); });
    }
    chief_.tell(PieceDone{});
}

double nqueens(const bench::Run& run) {
    System system{run.options()};
    std::int64_t total = 0;
    Event done;
    const auto chief = system.spawn<Chief>();
    const double spent = bench::time_ns([&] {
        chief.tell(Start{{12, 4}, &total, &done});
        done.wait();
    });
    if (total != 14'200) std::abort();
    return spent / ns_in_ms;
}

class Fib;

struct Compute {
    int n;
};
struct Answer {
    std::int64_t value;
};
struct Root {
    std::int64_t value = 0;
    Event done;
};

// Spawns two of its kind for a number above two, and answers with their sum.
class Fib : public Actor {
public:
    explicit Fib(Root& root) : root_{&root} {}
    explicit Fib(Ref<Fib> asker) : asker_{std::move(asker)} {}
    void on(Compute compute) {
        if (compute.n <= 2) return answer(1);
        spawn<Fib>(self(this)).tell(Compute{compute.n - 1});
        spawn<Fib>(self(this)).tell(Compute{compute.n - 2});
    }
    void on(Answer answer_of_one) {
        sum_ += answer_of_one.value;
        if (++answers_ == 2) answer(sum_);
    }

private:
    void answer(std::int64_t value) {
        if (root_ == nullptr) {
            asker_.tell(Answer{value});
        } else {
            root_->value = value;
            root_->done.set();
        }
        stop();
    }

    Root* root_ = nullptr;
    Ref<Fib> asker_;
    std::int64_t sum_ = 0;
    int answers_ = 0;
};

double fib_of(const bench::Run& run, int n, std::int64_t result) {
    System system{run.options()};
    Root root;
    const auto first = system.spawn<Fib>(root);
    const double spent = bench::time_ns([&] {
        first.tell(Compute{n});
        root.done.wait();
    });
    if (root.value != result) std::abort();
    return spent / ns_in_ms;
}

double fib(const bench::Run& run) {
    (void)fib_of(run, 20, 6'765);
    return fib_of(run, 25, 75'025);
}

const bench::Benchmark nqueens_benchmark{"nqueens", "ms", &nqueens, false};
const bench::Benchmark fib_benchmark{"fib", "ms", &fib, false};

}  // namespace
