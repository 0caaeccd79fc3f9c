// The C++ exception state of a context: what is caught or in flight on one side is unknown on the
// other, and still there when that side goes on.
#include "exception_state.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <exception>
#include <list>
#include <random>
#include <stdexcept>
#include <string>

#include "core/side.hpp"
#include "support/seed.hpp"

namespace greenroom::detail {
namespace {

// Throws and catches, nested, and rethrows on the way.
[[gnu::noinline]] void throw_and_catch(int depth) {
    try {
        try {
            throw std::runtime_error("inner");
        } catch (const std::exception&) {
            if (depth > 0) throw_and_catch(depth - 1);
            throw;
        }
    } catch (const std::runtime_error& error) {
        EXPECT_STREQ(error.what(), "inner");
    }
}

TEST(ExceptionState, AHandlerThatSuspendsInACatchBlockRethrowsItsOwn) {
    std::string caught;
    Side side{[&](Side& self) {
        try {
            try {
                throw std::logic_error("mine");
            } catch (const std::exception&) {
                self.suspend();
                throw;
            }
        } catch (const std::logic_error& error) {
            caught = error.what();
        }
    }};
    side.resume();
    EXPECT_EQ(std::current_exception(), nullptr) << "the other side's exception is not ours";
    throw_and_catch(3);
    side.resume();
    EXPECT_EQ(caught, "mine");
}

TEST(ExceptionState, CatchBlocksOfManyContextsEndInAnyOrder) {
    std::list<Side> sides;
    int right = 0;
    for (int i = 0; i < 30; ++i) {
        sides.emplace_back([&right, i](Side& self) {
            try {
                try {
                    throw i;
                } catch (...) {
                    self.suspend();
                    throw_and_catch(i % 4);
                    self.suspend();
                    throw;
                }
            } catch (int mine) {
                right += mine == i ? 1 : 0;
            }
        });
    }
    std::mt19937 random = support::printed_seed();
    std::vector<Side*> alive;
    for (Side& side : sides) alive.push_back(&side);
    while (!alive.empty()) {
        const std::size_t chosen = random() % alive.size();
        alive[chosen]->resume();
        throw_and_catch(1);
        if (alive[chosen]->ended())
            alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(chosen));
    }
    EXPECT_EQ(right, 30);
}

TEST(ExceptionState, AnExceptionPassesThroughANestedCatchThatSuspends) {
    std::string story;
    Side side{[&](Side& self) {
        try {
            throw std::runtime_error("outer");
        } catch (const std::exception& outer) {
            try {
                self.suspend();
                throw std::runtime_error("inner");
            } catch (const std::exception& inner) {
                self.suspend();
                story = std::string{outer.what()} + " " + inner.what();
            }
            self.suspend();
            story += std::current_exception() != nullptr ? " caught" : " lost";
        }
        story += std::current_exception() == nullptr ? " ended" : " leaked";
    }};
    while (!side.ended()) {
        side.resume();
        throw_and_catch(2);
    }
    EXPECT_EQ(story, "outer inner caught ended");
}

struct SuspendsInDestructor {
    Side& side;
    int& uncaught_before;
    int& uncaught_after;
    ~SuspendsInDestructor() {
        uncaught_before = std::uncaught_exceptions();
        side.suspend();
        uncaught_after = std::uncaught_exceptions();
    }
};

TEST(ExceptionState, SuspendingInADestructorDuringUnwindingKeepsBothCountsRight) {
    int before = -1;
    int after = -1;
    bool caught = false;
    Side side{[&](Side& self) {
        try {
            const SuspendsInDestructor guard{self, before, after};
            throw std::runtime_error("unwinding");
        } catch (const std::runtime_error&) {
            caught = true;
        }
        EXPECT_EQ(std::uncaught_exceptions(), 0);
    }};
    side.resume();
    EXPECT_EQ(std::uncaught_exceptions(), 0);
    throw_and_catch(2);
    side.resume();
    EXPECT_EQ(before, 1);
    EXPECT_EQ(after, 1);
    EXPECT_TRUE(caught);
    EXPECT_TRUE(side.ended());
}

struct ResumesInDestructor {
    Side& side;
    ~ResumesInDestructor() { side.resume(); }
};

TEST(ExceptionState, AContextEnteredWhileItsStarterUnwindsStartsWithNothingInFlight) {
    int there = -1;
    bool current_there = true;
    Side side{[&](Side&) {
        there = std::uncaught_exceptions();
        current_there = std::current_exception() != nullptr;
        throw_and_catch(1);
    }};
    try {
        const ResumesInDestructor guard{side};
        throw 5;
    } catch (int value) {
        EXPECT_EQ(value, 5);
    }
    EXPECT_EQ(there, 0);
    EXPECT_FALSE(current_there);
    EXPECT_EQ(std::uncaught_exceptions(), 0);
}

TEST(ExceptionState, AnExceptionPointerCrossesFromOneContextToAnother) {
    std::exception_ptr carried;
    Side side{[&](Side& self) {
        try {
            throw std::runtime_error("carried");
        } catch (...) {
            carried = std::current_exception();
            self.suspend();
        }
    }};
    side.resume();
    EXPECT_THROW(std::rethrow_exception(carried), std::runtime_error);
    side.resume();
    EXPECT_THROW(std::rethrow_exception(carried), std::runtime_error);
}

}  // namespace
}  // namespace greenroom::detail
