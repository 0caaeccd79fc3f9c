// A trip planner that asks many at once: the concurrency of greenroom without actors.
//
// Shows     gather, race, with_timeout, map and TaskGroup, in straight-line code.
// Run       ./fan_out Lisbon
// Prints    Lisbon: train 79, flight 120
// Prints    The quicker map service: near
// Prints    The slow travel guide timed out, and has cleaned up.
// Prints    Nights at 40 50 60 70 80
// Prints    Checked 3 of 3 bookings; one failed: no seat left
#include <chrono>
#include <cstdio>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/map.hpp>
#include <greenroom/core/race.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/core/timeout.hpp>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

// Stands for a question to some service far away. In a fiber only that fiber waits.
template <class T>
T answer_after(std::chrono::milliseconds delay, T answer) {
    greenroom::sleep_for(delay);
    return answer;
}

// Both prices at once. The functions refer to the caller's locals: it waits for them.
void print_prices(const std::string& city) {
    auto [train, flight] = greenroom::gather([&] { return answer_after(3ms, 79); },
                                             [&] { return answer_after(2ms, 120); });
    std::printf("%s: train %d, flight %d\n", city.c_str(), train, flight);
}

// Whoever answers first; the other is cancelled.
void print_quicker_service() {
    const std::string first =
        greenroom::race([] { return answer_after(1h, std::string{"far"}); },
                        [] { return answer_after(1ms, std::string{"near"}); });
    std::printf("The quicker map service: %s\n", first.c_str());
}

// A limit for all that the function waits for, however deep.
void print_guide() {
    bool cleaned_up = false;
    struct Page {
        bool& cleaned_up;
        ~Page() { cleaned_up = true; }
    };
    try {
        greenroom::with_timeout(5ms, [&] {
            const Page page{cleaned_up};
            greenroom::sleep_for(1h);
        });
    } catch (const greenroom::Timeout&) {
        std::printf("The slow travel guide timed out, and has%s cleaned up.\n",
                    cleaned_up ? "" : " not");
    }
}

// Two at a time; the results in the order of the range.
void print_nights() {
    const std::vector<int> hotels{4, 5, 6, 7, 8};
    std::printf("Nights at");
    for (const int price :
         greenroom::map(hotels, 2, [](int hotel) { return answer_after(1ms, 10 * hotel); })) {
        std::printf(" %d", price);
    }
    std::printf("\n");
}

// A changing set of tasks, and their results as they come.
void print_bookings() {
    greenroom::TaskGroup<int> bookings{greenroom::keep_going};
    for (int i = 0; i < 3; ++i) {
        bookings.spawn([i] {
            if (i == 1) throw std::runtime_error{"no seat left"};
            return answer_after(std::chrono::milliseconds{i}, i);
        });
    }
    int checked = 0;
    std::string failure;
    while (const auto booking = bookings.next()) {
        ++checked;
        if (!booking->ok()) failure = booking->story();
    }
    std::printf("Checked %d of 3 bookings; one failed: %s\n", checked, failure.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    greenroom::Runtime runtime;
    greenroom::run(runtime, [city = std::string{argc > 1 ? argv[1] : "nowhere"}] {
        print_prices(city);
        print_quicker_service();
        print_guide();
        print_nights();
        print_bookings();
    });
}
