// ClassBook: what is counted of the actors of each class, in a system whose options want that.
//
// Threads  Any. The counters of a class live as long as the book.
// Limits   As many classes as the program spawns actors of.
#pragma once

#include <array>
#include <greenroom/actors/class_stats.hpp>
#include <greenroom/actors/detail/actor_type.hpp>
#include <greenroom/core/detail/counter.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <memory>
#include <unordered_map>
#include <vector>

namespace greenroom::detail {

// Actors share these by their numbers, so that those of one class on several workers seldom meet on
// one line.
class ClassCounters {
public:
    struct alignas(64) Shard {
        Counter spawned;
        Counter ended;
        Counter failed;
        Counter restarted;
        Counter messages;
    };

    Shard& of(std::uint64_t actor) noexcept { return shards_[actor % shards_.size()]; }
    ClassStats sum(const ActorType& type) const;

private:
    std::array<Shard, 8> shards_;
};

class ClassBook {
public:
    ClassCounters& of(const ActorType& type);
    // In the order of their names.
    std::vector<ClassStats> all() const;

private:
    mutable SpinLock lock_;
    std::unordered_map<const ActorType*, std::unique_ptr<ClassCounters>> classes_;  // under it
};

}  // namespace greenroom::detail
