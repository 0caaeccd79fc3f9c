// Watches of names: how a change of the registry comes to who watches the name.
#include <greenroom/actors/detail/name_watch.hpp>

#include <mutex>

#include "name_registry.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

namespace {

NameRegistry& registry_of(const NameWatch& watch) { return watch.watcher.cell()->system().names; }

}  // namespace

NameChange next_change(NameWatch& watch) noexcept { return registry_of(watch).next_change(watch); }

void discard_name_watch(Message& message, Discard) noexcept { destroy_name_watch(message); }

void destroy_name_watch(Message& message) noexcept {
    auto& watch = static_cast<NameWatch&>(message);
    registry_of(watch).came_back(watch);
}

void NameNews::tell() noexcept {
    woken_.run();
    while (first_ != nullptr) {
        NameWatch& watch = *first_;
        first_ = watch.next_to_tell;
        registry_of(watch).send(watch);
    }
    end_ = &first_;
}

void NameRegistry::list_watches(std::string_view name, NameNews& news) noexcept {
    for (auto place = watches_.lower_bound(WatchKey{name, 0});
         place != watches_.end() && (*place)->name == name; ++place) {
        list(**place, news);
    }
}

void NameRegistry::list(NameWatch& watch, NameNews& news) noexcept {
    if (std::exchange(watch.queued, true)) return;
    watch.next_to_tell = nullptr;
    *news.end_ = &watch;
    news.end_ = &watch.next_to_tell;
}

void NameRegistry::watch(std::unique_ptr<NameWatch> watch) {
    NameNews news;
    NameWatch& mine = *watch;
    Watches alone;
    auto made = alone.extract(alone.insert(std::move(watch)).first);
    Watches::insert_return_type put;  // what is not put in is freed without the lock
    const std::lock_guard held(lock_);
    put = watches_.insert(std::move(made));
    if (put.inserted && owners_.contains(mine.name)) list(mine, news);
}

bool NameRegistry::unwatch(std::string_view name, const Cell& watcher) noexcept {
    Watches::node_type removed;
    const std::lock_guard held(lock_);
    const auto found = watches_.find(WatchKey{name, watcher.id().number});
    if (found == watches_.end()) return false;
    removed = watches_.extract(found);
    NameWatch& watch = *removed.value();
    watch.given_up = true;
    if (watch.queued) (void)removed.value().release();  // its message's way ends in came_back()
    return true;
}

std::size_t NameRegistry::watch_count() const noexcept {
    const std::lock_guard held(lock_);
    return watches_.size();
}

NameChange NameRegistry::next_change(NameWatch& watch) noexcept {
    NameChange change;
    bool given_up = false;
    {
        const std::lock_guard held(lock_);
        given_up = watch.given_up;
        if (!given_up) {
            const auto owner = owners_.find(watch.name);
            const std::uint64_t now = owner == owners_.end() ? 0 : owner->second.number;
            if (watch.told != 0 && watch.told != now) {
                change.what = NameChange::What::freed;
                watch.was_told(0);
            } else if (watch.told != now) {
                change = {NameChange::What::registered, reference_to(*owner->second.cell)};
                watch.was_told(now);
            }
            watch.queued = watch.told != now;
            if (!watch.queued) return change;
        }
    }
    given_up ? came_back(watch) : send(watch);
    return change;
}

void NameRegistry::send(NameWatch& watch) noexcept {
    if (!watch.watcher.cell()->post(watch)) came_back(watch);
}

void NameRegistry::came_back(NameWatch& watch) noexcept {
    {
        const std::lock_guard held(lock_);
        watch.queued = false;
        if (!watch.given_up) return;
    }
    delete &watch;
}

}  // namespace greenroom::detail
