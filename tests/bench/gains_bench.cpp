// How rows change with the circumstances, each the median of paired runs in turns:
//
//   two_workers_cost   two workers beside one: the row that loses most
//   parallel_gain      two independent pairs of actors beside one pair, both on two workers
//   nqueens_gain       two workers beside one
//   real_shape_cost    messages of a real shape beside bare ones: the row that loses most
#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "bench.hpp"

namespace {

constexpr int pairs = 5;
constexpr std::int64_t part = 5;  // of the size that a row has by itself

struct Case {
    const char* row;
    int workers;
};

// How many times as large the figure of `left` is as that of `right`.
double median_ratio(const Case& left, const Case& right, std::int64_t divide) {
    std::vector<double> ratios;
    for (int i = 0; i < pairs; ++i) {
        const double first = bench::find(left.row).warm_figure({left.workers, divide});
        ratios.push_back(first / bench::find(right.row).warm_figure({right.workers, divide}));
    }
    std::ranges::sort(ratios);
    return ratios[pairs / 2];
}

double two_workers_cost(const bench::Run& run) {
    double worst = 0;
    for (const char* const row : {"pingpong", "ask", "counting", "fanin", "forkjoin_throughput",
                                  "forkjoin_create", "ring", "big", "chameneos", "fib"}) {
        const double ratio = median_ratio({row, 2}, {row, 1}, run.divide * part);
        std::fprintf(stderr, "two_workers_cost: %s %.2f\n", row, ratio);
        worst = std::max(worst, ratio);
    }
    return worst;
}

double real_shape_cost(const bench::Run& run) {
    double worst = 0;
    for (const char* const row : {"pingpong", "ask", "counting", "ring"}) {
        const std::string real = std::string{row} + "_real";
        const double ratio =
            median_ratio({real.c_str(), run.workers}, {row, run.workers}, run.divide * part);
        std::fprintf(stderr, "real_shape_cost: %s %.2f\n", row, ratio);
        worst = std::max(worst, ratio);
    }
    return worst;
}

// Both print a time for the messages of one pair: two do twice as much in it.
double parallel_gain(const bench::Run& run) {
    return 2 * median_ratio({"pingpong", 2}, {"pingpong_two_pairs", 2}, run.divide);
}

double nqueens_gain(const bench::Run& run) {
    return median_ratio({"nqueens", 1}, {"nqueens", 2}, run.divide);
}

const bench::Benchmark workers_benchmark{"two_workers_cost", "times", &two_workers_cost, false};
const bench::Benchmark shape_benchmark{"real_shape_cost", "times", &real_shape_cost, false};
const bench::Benchmark parallel_benchmark{"parallel_gain", "times", &parallel_gain, false};
const bench::Benchmark nqueens_benchmark{"nqueens_gain", "times", &nqueens_gain, false};

}  // namespace
