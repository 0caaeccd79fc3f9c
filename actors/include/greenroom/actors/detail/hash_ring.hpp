// HashRing: consistent hashing. Each member stands at some places of a ring of 64-bit numbers; a
// key belongs to the member whose place is the next one at or behind the key's own.
//
// So a member that comes takes over what lies before its places, and one that goes leaves that to
// the next ones: no other key moves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace greenroom::detail {

// Numbers that differ in one bit become numbers that differ in half of them.
constexpr std::uint64_t spread_bits(std::uint64_t value) noexcept {
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

template <class Member>
class HashRing {
public:
    explicit HashRing(std::size_t nodes) noexcept : virtual_nodes_{nodes} {}

    // `number` says where it stands, whatever came before.
    void add(Member& member, std::uint64_t number) {
        std::uint64_t place = ~number;  // not where a small number as a key is looked for
        for (std::size_t node = 0; node < virtual_nodes_; ++node) {
            do {
                place = spread_bits(place);
            } while (!members_.try_emplace(place, &member).second);
        }
    }

    // Of one that was added with this number.
    void remove(const Member& member, std::uint64_t number) noexcept {
        std::size_t left = virtual_nodes_;
        std::uint64_t place = ~number;
        for (std::size_t node = 0; node < virtual_nodes_; ++node) {
            place = spread_bits(place);
            const auto found = members_.find(place);
            if (found == members_.end() || found->second != &member) continue;
            members_.erase(found);
            --left;
        }
        // Where a place was another's, it stands at one more behind; hardly ever.
        if (left > 0) std::erase_if(members_, [&](const auto& at) { return at.second == &member; });
    }

    // Null if it is empty.
    Member* find(std::uint64_t hash) const noexcept {
        if (members_.empty()) return nullptr;
        const auto place = members_.lower_bound(spread_bits(hash));
        return place == members_.end() ? members_.begin()->second : place->second;
    }

private:
    const std::size_t virtual_nodes_;
    std::map<std::uint64_t, Member*> members_;
};

}  // namespace greenroom::detail
