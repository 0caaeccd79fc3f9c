// Result: a value or a failure, and neither is lost on the way.
#include <greenroom/core/result.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

namespace greenroom {

namespace {

Result<int> half(int number) {
    if (number % 2 != 0) return Error{Errc::not_found, "no half of an odd number"};
    return number / 2;
}

}  // namespace

TEST(Result, HoldsAValueOrAFailureWithItsCodeAndStory) {
    Result<int> good = half(8);
    EXPECT_TRUE(good.ok());
    EXPECT_EQ(good.value(), 4);
    EXPECT_FALSE(good.code());
    EXPECT_EQ(good.story(), "");
    const Result<int> bad = half(7);
    EXPECT_FALSE(bad);
    EXPECT_EQ(bad.code(), Errc::not_found);
    EXPECT_NE(bad.story().find("odd"), std::string::npos);
    EXPECT_EQ(half(7).value_or(3), 3);
}

TEST(Result, ValueThrowsTheFailureAsWhatItWas) {
    EXPECT_THROW((void)half(1).value(), Error);
    const Result<int> other{std::make_exception_ptr(std::logic_error{"so it was"})};
    EXPECT_THROW((void)other.value(), std::logic_error);
    EXPECT_EQ(other.code(), Errc::failed);
    EXPECT_EQ(other.story(), "so it was");
    const Result<int> strange{std::make_exception_ptr(7)};
    EXPECT_EQ(strange.code(), Errc::failed);
}

TEST(Result, CarriesWhatCanOnlyBeMoved) {
    Result<std::unique_ptr<int>> result{std::make_unique<int>(5)};
    EXPECT_EQ(*std::move(result).value(), 5);
}

TEST(Result, OfNothingTellsThatItWasDone) {
    const Result<void> done;
    EXPECT_TRUE(done.ok());
    done.value();
    const Result<void> failed = std::runtime_error{"not done"};
    EXPECT_THROW(failed.value(), std::runtime_error);
}

TEST(Result, OfAFunctionKeepsWhatItThrowsButForACancellation) {
    EXPECT_EQ(result_of([] { return 3; }).value(), 3);
    EXPECT_TRUE(result_of([] {}).ok());
    EXPECT_EQ(result_of([]() -> int { throw std::runtime_error{"no"}; }).story(), "no");
    EXPECT_THROW((void)result_of([]() -> int { throw Cancelled{}; }), Cancelled);
}

}  // namespace greenroom
