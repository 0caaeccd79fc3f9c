// Channel and WorkQueue: beside Queue, PriorityQueue and LifoQueue; and select.
#include <greenroom/core/channel.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/select.hpp>
#include <greenroom/core/task.hpp>
#include <greenroom/core/work_queue.hpp>
#include <optional>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

void producer_and_consumer() {
    int sum = 0;
    // [queue]
    Channel<int> numbers{2};  // a third send waits
    Task<void> producer = spawn([&] {
        for (int i = 1; i <= 4; ++i) numbers.send(i);
        numbers.close();
    });
    for (const int number : numbers) sum += number;  // until it is closed and empty
    // [end]
    producer.join();
    expect(sum == 10, "all numbers came");
}

void other_orders() {
    // [orders]
    Channel<int, Ordered<>> urgent{unbounded};  // the smallest first
    Channel<int, NewestFirst> stack{unbounded};
    for (const int number : {3, 1, 2}) {
        urgent.send(number);
        stack.send(number);
    }
    const int smallest = urgent.receive().value();
    const int newest = stack.receive().value();
    // [end]
    expect(smallest == 1 && newest == 2, "each in its order");
}

void queue_without_waiting() {
    // [no_wait]
    Channel<int> numbers{1};
    const bool sent = numbers.try_send(1);   // put_nowait
    const bool again = numbers.try_send(2);  // false, where asyncio raises QueueFull
    const std::optional<int> first = numbers.try_receive();
    const std::optional<int> none = numbers.try_receive();  // empty: QueueEmpty
    // [end]
    expect(sent && !again && first == 1 && !none, "the try forms say what they did");
}

void join_the_work() {
    int sum = 0;
    // [work_queue]
    WorkQueue<int> jobs{10};
    Task<void> worker = spawn([&] {
        for (const int job : jobs) {
            sum += job;
            jobs.done();
        }
    });
    for (const int job : {1, 2, 3}) jobs.send(job);
    jobs.join();            // all that was sent is done
    const int total = sum;  // so this is complete
    jobs.close();           // the worker's loop ends
    // [end]
    worker.join();
    expect(total == 6, "join() returned when all was done");
}

void shut_a_queue_down() {
    std::string refusal;
    // [shutdown]
    Channel<int> numbers{unbounded};
    numbers.send(1);
    numbers.close();  // shutdown(): nothing more comes in
    try {
        numbers.send(2);
    } catch (const Error& error) {  // QueueShutDown
        if (error.code() == Errc::closed) refusal = error.what();
    }
    const std::optional<int> last = numbers.receive();        // what is inside can still be had
    const std::optional<int> end = numbers.receive();         // empty: the end, and no exception
    const std::size_t dropped = numbers.close_and_discard();  // shutdown(immediate=True)
    // [end]
    expect(!refusal.empty() && last == 1 && !end && dropped == 0, "it was closed, then emptied");
}

void wait_for_one_of_several() {
    std::string story;
    // [select]
    Channel<int> numbers{1};
    Event stop;
    numbers.send(7);
    select(on_receive(numbers, [&](int number) { story = "number " + std::to_string(number); }),
           on_event(stop, [&] { story = "stopped"; }), after(10s, [&] { story = "timed out"; }));
    // [end]
    expect(story == "number 7", "the case that was ready was taken");
}

}  // namespace

std::vector<Snippet> queue_snippets() {
    return {
        {"producer_and_consumer", producer_and_consumer},
        {"other_orders", other_orders},
        {"queue_without_waiting", queue_without_waiting},
        {"join_the_work", join_the_work},
        {"shut_a_queue_down", shut_a_queue_down},
        {"wait_for_one_of_several", wait_for_one_of_several},
    };
}
