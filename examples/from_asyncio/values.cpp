// Promise and Future, blocking and CpuGroup, FiberLocal, Generator.
#include <greenroom/core/blocking.hpp>
#include <greenroom/core/cpu_group.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/fiber_local.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/generator.hpp>
#include <greenroom/core/task.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

void give_a_result() {
    // [future]
    Promise<int> promise;
    Future<int> future = promise.future();
    promise.set(7);  // from any fiber or thread; promise.fail(error) for set_exception
    const int seven = future.get();
    // [end]
    expect(seven == 7, "the result arrives");
}

void go_on_with_a_result() {
    Promise<int> promise;
    // [then]
    Future<std::string> text =
        promise.future().then([](int number) { return "number " + std::to_string(number); });
    promise.set(7);
    const std::string told = text.get();
    // [end]
    expect(told == "number 7", "the continuation has run");
}

void drop_a_promise() {
    // [broken]
    Future<int> future;
    {
        Promise<int> promise;
        future = promise.future();
    }  // nobody can give the result any more
    const Result<int> result = future.result();
    // [end]
    expect(result.code() == Errc::broken, "who waits hears of it");
}

std::string read_whole_file(const std::string& name) { return "text of " + name; }

void call_on_a_thread() {
    const std::string path = "notes";
    // [blocking]
    const std::string text = blocking([&] { return read_whole_file(path); });
    // [end]
    expect(text == "text of notes", "the result comes back");
}

void compute_apart() {
    // [cpu_group]
    CpuGroup computations{1};  // as a rule one in main(), for the whole program
    const std::vector<int> numbers(1000, 2);
    const int sum =
        computations.run([&] { return std::accumulate(numbers.begin(), numbers.end(), 0); });
    // [end]
    expect(sum == 2000, "it may refer to the caller's locals");
}

void keep_a_context() {
    std::string in_task;
    // [fiber_local]
    FiberLocal<std::string> request;
    *request = "request 1";
    Task<void> task = spawn([&, inherited = *request] {  // what it shall have it is given
        const bool empty = request->empty();             // it begins with one of its own
        *request = inherited;
        in_task = empty ? *request : "";
    });
    // [end]
    task.join();
    expect(in_task == "request 1" && *request == "request 1", "each has its own");
    const auto [inherits] = gather([&] { return request.find() != nullptr; });
    expect(!inherits, "a structured task inherits nothing either");
}

void generate_values() {
    std::vector<std::string> pages;
    // [generator]
    Generator<std::string> source{[](auto& yield_page) {
        for (const char* name : {"a", "b"}) yield_page(fetch(name));  // may wait in between
    }};
    for (const std::string& page : source) pages.push_back(page);
    // [end]
    expect(pages == std::vector<std::string>{"page of a", "page of b"}, "one after another");
}

void send_to_a_generator() {
    // [generator_send]
    Generator<int, int> sums{[](auto& yield_sum, int number) {
        for (int sum = 0;;) number = yield_sum(sum += number);
    }};
    sums.resume(3);
    const int seven = sums.resume(4).value();
    // [end]
    expect(seven == 7, "it adds up what it is sent");
}

}  // namespace

std::vector<Snippet> value_snippets() {
    return {
        {"give_a_result", give_a_result},     {"go_on_with_a_result", go_on_with_a_result},
        {"drop_a_promise", drop_a_promise},   {"call_on_a_thread", call_on_a_thread},
        {"compute_apart", compute_apart},     {"keep_a_context", keep_a_context},
        {"generate_values", generate_values}, {"send_to_a_generator", send_to_a_generator},
    };
}
