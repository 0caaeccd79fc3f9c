#include "class_book.hpp"

#include <algorithm>
#include <greenroom/actors/system.hpp>
#include <mutex>
#include <utility>

#include "system_core.hpp"

namespace greenroom {

namespace detail {

ClassStats ClassCounters::sum(const ActorType& type) const {
    ClassStats stats{type.name};
    std::uint64_t ended = 0;
    for (const Shard& shard : shards_) {
        ended += shard.ended.value();  // before `spawned`, so that it is the smaller
        stats.spawned += shard.spawned.value();
        stats.failed += shard.failed.value();
        stats.restarted += shard.restarted.value();
        stats.messages += shard.messages.value();
    }
    stats.live = stats.spawned - ended;
    return stats;
}

ClassCounters& ClassBook::of(const ActorType& type) {
    {
        const std::lock_guard held(lock_);
        if (const auto found = classes_.find(&type); found != classes_.end()) {
            return *found->second;
        }
    }
    auto made = std::make_unique<ClassCounters>();
    const std::lock_guard held(lock_);
    return *classes_.try_emplace(&type, std::move(made)).first->second;
}

std::vector<ClassStats> ClassBook::all() const {
    std::vector<std::pair<const ActorType*, const ClassCounters*>> classes;
    {
        const std::lock_guard held(lock_);
        for (const auto& [type, counters] : classes_) classes.emplace_back(type, counters.get());
    }
    std::vector<ClassStats> all;
    for (const auto& [type, counters] : classes) all.push_back(counters->sum(*type));
    std::ranges::sort(all, {}, &ClassStats::name);
    return all;
}

}  // namespace detail

std::vector<ClassStats> System::class_stats() const {
    if (core_->classes == nullptr) return {};
    return core_->classes->all();
}

}  // namespace greenroom
