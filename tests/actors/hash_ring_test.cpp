// HashRing: who goes leaves nothing behind, and nobody else's keys move.
#include <greenroom/actors/detail/hash_ring.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace greenroom::detail {

namespace {

constexpr std::size_t virtual_nodes = 16;
constexpr std::uint64_t keys = 1'000;

struct Place {};

std::vector<const Place*> owners(const HashRing<Place>& ring) {
    std::vector<const Place*> found;
    for (std::uint64_t key = 0; key < keys; ++key) found.push_back(ring.find(key));
    return found;
}

}  // namespace

TEST(HashRing, WhoGoesLeavesTheOthersAsTheyWereWithoutIt) {
    std::vector<Place> places(3);
    HashRing<Place> ring{virtual_nodes};
    EXPECT_EQ(ring.find(1), nullptr);
    ring.add(places[0], 10);
    ring.add(places[1], 11);
    const std::vector<const Place*> before = owners(ring);
    ring.add(places[2], 12);
    EXPECT_NE(owners(ring), before);
    ring.remove(places[2], 12);
    EXPECT_EQ(owners(ring), before);
    ring.remove(places[1], 11);
    ring.remove(places[0], 10);
    EXPECT_EQ(ring.find(1), nullptr);
}

// The second one's places are the first one's but for one: it stands at as many behind them.
TEST(HashRing, WhosePlacesWereAnothersLeavesThoseBehindAsWell) {
    std::vector<Place> places(2);
    HashRing<Place> ring{virtual_nodes};
    constexpr std::uint64_t number = 10;
    constexpr std::uint64_t collides = ~spread_bits(~number);
    ring.add(places[0], number);
    const std::vector<const Place*> before = owners(ring);
    ring.add(places[1], collides);
    EXPECT_NE(owners(ring), before);
    ring.remove(places[1], collides);
    EXPECT_EQ(owners(ring), before);
    // The other way about: its own places are free again when it goes.
    ring.add(places[1], collides);
    ring.remove(places[0], number);
    ring.remove(places[1], collides);
    EXPECT_EQ(ring.find(1), nullptr);
}

}  // namespace greenroom::detail
