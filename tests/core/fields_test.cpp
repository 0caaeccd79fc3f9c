// Fields: what a scope sets, what inherits it, and that nobody else ever has it.
#include <greenroom/core/fields.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <greenroom/core/blocking.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/event.hpp>
#include <greenroom/core/future.hpp>
#include <greenroom/core/gather.hpp>
#include <greenroom/core/generator.hpp>
#include <greenroom/core/log.hpp>
#include <greenroom/core/on_big_stack.hpp>
#include <greenroom/core/sleep.hpp>
#include <greenroom/core/task_group.hpp>
#include <greenroom/core/timers.hpp>
#include <limits>
#include <stdexcept>
#include <string>

#include "support/log_lines.hpp"
#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using namespace std::chrono_literals;
using support::Stage;
using testing::HasSubstr;

class FieldsTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(FieldsTest);

std::string here() { return to_string(current_fields()); }

// What `call` says is wrong, or "".
template <class Call>
std::string complaint(const Call& call) {
    try {
        call();
        return "";
    } catch (const std::invalid_argument& wrong) {
        return wrong.what();
    }
}

std::string error_of(std::initializer_list<Field> fields) {
    return complaint([&] { const FieldScope scope{fields}; });
}

}  // namespace

TEST(FieldScopeTest, AddsToThoseOutsideOverridesThemAndTakesItselfBack) {
    EXPECT_TRUE(current_fields().empty());
    {
        const FieldScope outer{{"request", 17}, {"user", "ann"}};
        EXPECT_EQ(here(), "request=17 user=ann");
        {
            const FieldScope inner{{"user", std::string{"bob"}}, {"step", 2}};
            EXPECT_EQ(here(), "request=17 user=bob step=2");
            EXPECT_EQ(*current_fields().find("user"), "bob");
            EXPECT_EQ(current_fields().find("nothing"), nullptr);
        }
        EXPECT_EQ(here(), "request=17 user=ann");
    }
    EXPECT_EQ(here(), "");
    EXPECT_EQ(current_fields(), Fields{});
}

TEST(FieldScopeTest, ValuesAreWrittenAsTextAndQuotedWhereTheyMustBe) {
    const FieldScope scope{{"yes", true}, {"letter", 'x'}, {"less", -5}, {"half", 0.5}};
    EXPECT_EQ(here(), "yes=true letter=x less=-5 half=0.5");
    const FieldScope most{{"most", std::numeric_limits<unsigned long long>::max()}};
    EXPECT_EQ(*current_fields().find("most"), "18446744073709551615");
    const FieldScope odd{{"yes", ""}, {"letter", "a \"b\"\\"}, {"less", "1\n2\x01"}};
    EXPECT_THAT(here(), HasSubstr(R"(yes="" letter="a \"b\"\\" less="1\n2\x01" half=0.5)"));
}

TEST(FieldScopeTest, FieldsThatWereKeptMayBePutInThePlaceOfThoseOfSomebodyElse) {
    Fields kept;
    {
        const FieldScope scope{{"request", 17}};
        kept = current_fields();
    }
    const FieldScope others{{"user", "ann"}};
    {
        const FieldScope again{kept};
        EXPECT_EQ(here(), "request=17");
        const FieldScope none{Fields{}};
        EXPECT_EQ(here(), "");
    }
    EXPECT_EQ(here(), "user=ann");
    EXPECT_EQ(to_string(kept), "request=17");
}

TEST(FieldScopeTest, ANameThatIsNoneIsAnError) {
    EXPECT_THAT(error_of({{"", 1}}), HasSubstr("\"\" is no name of a field"));
    EXPECT_THAT(error_of({{"a b", 1}}), HasSubstr("\"a b\" is no name of a field"));
    EXPECT_THAT(error_of({{"a=b", 1}}), HasSubstr("letters, digits, '_', '-' and '.'"));
    EXPECT_EQ(error_of({{"Trace-id_2.x", 1}}), "");
    EXPECT_EQ(here(), "");
}

TEST(FieldScopeTest, MoreThanItsLimitsIsAnErrorThatLeavesThoseOutside) {
    const std::string half(Fields::bytes_max / 2, 'x');
    const FieldScope outer{{"a", half}};
    EXPECT_THAT(error_of({{"b", half}}),
                AllOf(HasSubstr(std::to_string(Fields::bytes_max + 2) + " bytes"),
                      HasSubstr("bytes_max is " + std::to_string(Fields::bytes_max))));
    EXPECT_EQ(error_of({{"a", half}}), "");  // in its place
    EXPECT_EQ(*current_fields().find("a"), half);
}

TEST(FieldScopeTest, AsManyAsCountMaxMayBeInForceAndNoMore) {
    const auto nest = [](const auto& self, std::size_t count) -> void {
        if (count == Fields::count_max) {
            EXPECT_EQ(current_fields().all().size(), Fields::count_max);
            EXPECT_THAT(error_of({{"more", 1}}), HasSubstr("33 fields; count_max is 32"));
            return;
        }
        const FieldScope scope{{"field" + std::to_string(count), count}};
        self(self, count + 1);
    };
    nest(nest, 0);
}

TEST(FieldScopeTest, ALineThatIsLoggedEndsWithThem) {
    const support::LogLines lines;
    {
        const FieldScope scope{{"request", 17}};
        log(LogLevel::info, "accepted");
    }
    log(LogLevel::info, "done");
    EXPECT_EQ(lines.text(), "accepted [request=17]\ndone\n");
}

TEST_P(FieldsTest, TasksInheritThemAsTheyAreWhenTheTaskIsMade) {
    play([](Stage& stage) {
        std::optional<FieldScope> scope;
        scope.emplace(std::initializer_list<Field>{{"request", 17}});
        auto from_outside = stage.spawn([] {
            yield();
            return here();
        });
        scope.reset();
        EXPECT_EQ(from_outside.get(), "request=17");
        EXPECT_EQ(stage.spawn([] { return here(); }).get(), "");
        const auto inside = [] {
            const FieldScope in_task{{"user", "ann"}};
            auto free = spawn([] { return here(); });
            EXPECT_EQ(free.get(), "user=ann");
            auto long_lived = spawn([] { return here(); }, {.lives_long = true});
            EXPECT_EQ(long_lived.get(), "user=ann");
        };
        stage.run(inside);
    });
}

TEST_P(FieldsTest, StructuredTasksInheritThemAndHaveTheirOwnScopes) {
    play([](Stage& stage) {
        stage.run([] {
            const FieldScope scope{{"request", 17}};
            const auto part = [](int number) {
                return [number] {
                    const FieldScope mine{{"part", number}};
                    for (int i = 0; i < 3; ++i) {
                        yield();
                        EXPECT_EQ(here(), "request=17 part=" + std::to_string(number));
                    }
                    return here();
                };
            };
            const auto [one, two] = gather(part(1), part(2));
            EXPECT_EQ(one, "request=17 part=1");
            EXPECT_EQ(two, "request=17 part=2");
            TaskGroup<void> group;
            group.spawn([] { EXPECT_EQ(here(), "request=17"); });
            {
                const FieldScope later{{"step", 2}};
                group.spawn([] { EXPECT_EQ(here(), "request=17 step=2"); });
            }
            group.join();
            EXPECT_EQ(on_big_stack([] { return here(); }), "request=17");
            EXPECT_EQ(here(), "request=17");
        });
    });
}

TEST_P(FieldsTest, FibersThatWaitKeepTheirOwnWhileOthersRun) {
    play([](Stage& stage) {
        const int rounds = stage.simulated ? 3 : 50;
        const auto with = [rounds](int number) {
            return [rounds, number] {
                const std::string mine = "task=" + std::to_string(number);
                for (int i = 0; i < rounds; ++i) {
                    EXPECT_EQ(here(), "");
                    const FieldScope scope{{"task", number}};
                    EXPECT_EQ(here(), mine);
                    number % 2 == 0 ? yield() : sleep_for(10us);
                    EXPECT_EQ(here(), mine);
                    auto other = spawn([] {
                        yield();
                        return here();
                    });
                    EXPECT_EQ(other.get(), mine);
                }
            };
        };
        const auto without = [rounds] {
            for (int i = 0; i < 2 * rounds; ++i) {
                EXPECT_EQ(here(), "");
                yield();
                EXPECT_EQ(spawn([] { return here(); }).get(), "");
            }
        };
        auto one = stage.spawn(with(1));
        auto two = stage.spawn(with(2));
        auto three = stage.spawn(with(3));
        auto none = stage.spawn(without);
        for (auto* task : {&one, &two, &three, &none}) task->get();
    });
}

TEST_P(FieldsTest, TheBlockingPoolTimersAndContinuationsHaveThoseOfWhoBeganThem) {
    play([](Stage& stage) {
        stage.run([] {
            std::string in_timer;
            std::string detached;
            Event timer_ran;
            Event detached_ran;
            Promise<int> promise;
            std::optional<Future<std::string>> next;
            TimerHandle timer;
            {
                const FieldScope scope{{"request", 17}};
                EXPECT_EQ(blocking([] { return here(); }), "request=17");
                blocking_detached([&] {
                    detached = here();
                    detached_ran.set();
                });
                timer = call_later(1ms, [&] {
                    in_timer = here();
                    timer_ran.set();
                });
                next = promise.future().then([](int) { return here(); });
            }
            EXPECT_EQ(blocking([] { return here(); }), "");
            {
                const FieldScope of_who_settles{{"other", 1}};
                promise.set(1);
            }
            EXPECT_EQ(next->get(), "request=17");
            timer_ran.wait();
            detached_ran.wait();
            EXPECT_EQ(in_timer, "request=17");
            EXPECT_EQ(detached, "request=17");
        });
    });
}

TEST_P(FieldsTest, AFailureThatNobodySawIsLoggedWithThoseOfItsTask) {
    play([](Stage& stage) {
        const support::LogLines lines;
        stage.run([] {
            const FieldScope scope{{"request", 17}};
            spawn([] { throw std::runtime_error{"no luck"}; }).detach();
        });
        support::until([&] { return lines.contain("no luck [request=17]"); });
    });
}

TEST_P(FieldsTest, AGeneratorHasThoseOfWhoResumesItAndDoesNotYieldInsideOfAScope) {
    play([](Stage& stage) {
        stage.run([] {
            Generator<std::string> fields{[](auto& yield) {
                for (int i = 0; i < 3; ++i) yield(here());
                const FieldScope mine{{"step", 1}};
                EXPECT_THROW(yield(here()), Error);
            }};
            for (int i = 0; i < 3; ++i) {
                const FieldScope scope{{"round", i}};
                EXPECT_EQ(fields.next(), "round=" + std::to_string(i));
                EXPECT_EQ(here(), "round=" + std::to_string(i));
            }
            EXPECT_FALSE(fields.next());
            EXPECT_EQ(here(), "");
        });
    });
}

TEST(FieldsOfTheCallerTest, WhoDrivesARuntimeDoesNotGiveItsOwnToWhatRunsThere) {
    RuntimeOptions options;
    options.driven_by = DrivenBy::caller;
    Runtime runtime{options};
    auto task = spawn(runtime, [] { return here(); });
    const FieldScope scope{{"frame", 1}};
    while (runtime.run_for(2ms).more) {
    }
    EXPECT_EQ(here(), "frame=1");
    EXPECT_EQ(task.get(), "");
}

}  // namespace greenroom
