// Channel: how it ends.
#include <greenroom/core/channel.hpp>

#include <gtest/gtest.h>

#include <greenroom/core/error.hpp>
#include <memory>
#include <optional>
#include <string>

#include "support/on_runtimes.hpp"

namespace greenroom {

namespace {

using support::Stage;

class ChannelCloseTest : public support::OnRuntimes {};
GREENROOM_ON_ALL_RUNTIMES(ChannelCloseTest);

constexpr const char* sending = "channel send";
constexpr const char* receiving = "channel receive";

// Neither copied nor made from nothing.
class Parcel {
public:
    explicit Parcel(int number) : number_{std::make_unique<int>(number)} {}
    int number() const { return number_ == nullptr ? -1 : *number_; }

private:
    std::unique_ptr<int> number_;
};

template <class F>
Errc code_of(F call) {
    try {
        call();
    } catch (const Error& error) {
        return static_cast<Errc>(error.code().value());
    }
    return Errc{};
}

}  // namespace

TEST_P(ChannelCloseTest, AfterCloseSendsFailAndReceivesTakeWhatIsInsideAndThenFindTheEnd) {
    play([](Stage& stage) {
        Channel<int> channel{4};
        channel.send(1);
        channel.send(2);
        channel.close();
        EXPECT_TRUE(channel.closed());
        EXPECT_FALSE(channel.at_end());
        EXPECT_EQ(code_of([&] { channel.send(3); }), Errc::closed);
        EXPECT_EQ(code_of([&] { (void)channel.try_send(3); }), Errc::closed);
        stage.run([&] {
            EXPECT_EQ(channel.receive(), 1);
            EXPECT_EQ(channel.receive(), 2);
            EXPECT_EQ(channel.receive(), std::nullopt);
        });
        EXPECT_TRUE(channel.at_end());
    });
}

TEST_P(ChannelCloseTest, CloseWakesWhoWaitsSendersWithAnErrorAndTheirItemsKept) {
    play([](Stage& stage) {
        Channel<Parcel> full{1};
        full.send(Parcel{0});
        auto sender = stage.spawn([&] {
            Parcel kept{1};
            EXPECT_EQ(code_of([&] { full.send(std::move(kept)); }), Errc::closed);
            return kept.number();
        });
        stage.until_waiting(sending, 1);
        full.close();
        EXPECT_EQ(sender.get(), 1);
        EXPECT_EQ(full.receive()->number(), 0);

        Channel<Parcel> empty{1};
        auto receiver = stage.spawn([&] { return empty.receive().has_value(); });
        auto other = stage.spawn([&] { return empty.receive().has_value(); });
        stage.until_waiting(receiving, 2);
        empty.close();
        EXPECT_FALSE(receiver.get());
        EXPECT_FALSE(other.get());
    });
}

TEST_P(ChannelCloseTest, ASecondCloseIsAnErrorThatSaysSo) {
    play([](Stage&) {
        Channel<int> channel{1};
        channel.close();
        try {
            channel.close();
            ADD_FAILURE() << "it closed twice";
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), make_error_code(Errc::closed));
            EXPECT_NE(std::string{error.what()}.find("second close"), std::string::npos);
        }
    });
}

TEST_P(ChannelCloseTest, WhoCannotKnowTriesToCloseAndIsToldWhetherItDid) {
    play([](Stage& stage) {
        Channel<int> channel{1};
        auto receiver = stage.spawn([&] { return channel.receive(); });
        auto other = stage.spawn([&] { return channel.try_close(); });
        const bool mine = channel.try_close();
        EXPECT_NE(other.get(), mine);
        EXPECT_EQ(receiver.get(), std::nullopt);
        EXPECT_FALSE(channel.try_close());
    });
}

TEST_P(ChannelCloseTest, DiscardingEndsItAtOnceAndCountsWhatWasInside) {
    play([](Stage& stage) {
        auto shared = std::make_shared<int>(1);
        Channel<std::shared_ptr<int>> channel{2};
        channel.send(shared);
        channel.send(shared);
        auto sender = stage.spawn([&] {
            EXPECT_EQ(code_of([&] { channel.send(std::make_shared<int>(2)); }), Errc::closed);
        });
        stage.until_waiting(sending, 1);
        EXPECT_EQ(channel.close_and_discard(), 2u);
        EXPECT_EQ(shared.use_count(), 1);
        EXPECT_FALSE(channel.receive().has_value());
        sender.join();
        EXPECT_EQ(channel.close_and_discard(), 0u);
    });
}

TEST_P(ChannelCloseTest, DiscardingWakesReceiversToo) {
    play([](Stage& stage) {
        Channel<int> empty{1};
        auto fiber = stage.spawn([&] { return empty.receive(); });
        auto thread = stage.thread([&] { EXPECT_EQ(empty.receive(), std::nullopt); });
        stage.until_waiting(receiving, 2);
        EXPECT_EQ(empty.close_and_discard(), 0u);
        EXPECT_EQ(fiber.get(), std::nullopt);
    });
}

TEST_P(ChannelCloseTest, IsIteratedUntilItIsClosedAndEmpty) {
    play([](Stage& stage) {
        Channel<Parcel> channel{2};
        auto producer = stage.spawn([&] {
            for (int i = 1; i <= 5; ++i) channel.send(Parcel{i});
            channel.close();
        });
        int sum = 0;
        for (Parcel& parcel : channel) sum += parcel.number();
        EXPECT_EQ(sum, 15);
        producer.join();
    });
}

}  // namespace greenroom
