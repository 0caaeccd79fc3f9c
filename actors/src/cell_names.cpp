// The names of an actor in its system, and those that it watches.
#include <algorithm>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/errors.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "family.hpp"
#include "system_core.hpp"

namespace greenroom::detail {

void Cell::add_name(std::string_view name, const Named& as) {
    NameNews news;  // told when the lock is free
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    if (mine.has_ended || has_ended()) {
        throw ActorStopped{"register_name: \"" + std::string{name} + "\": " + this->name()};
    }
    mine.names.emplace_back(name);
    try {
        system_.names.add(name, as, news);
    } catch (...) {
        mine.names.pop_back();
        throw;
    }
}

bool Cell::drop_name(std::string_view name) noexcept {
    NameNews news;
    Family& mine = family();
    const std::lock_guard held(mine.lock);
    // Of one that has ended they are taken out after its Downs.
    return std::erase(mine.names, name) != 0 && system_.names.remove(name, *this, news);
}

void Cell::watch_name(std::unique_ptr<NameWatch> watch) {
    Family& mine = family();
    const std::string name = watch->name;
    {
        const std::lock_guard held(mine.lock);
        if (std::find(mine.watched_names.begin(), mine.watched_names.end(), name) !=
            mine.watched_names.end()) {
            return;
        }
        mine.watched_names.push_back(name);
    }
    try {
        system_.names.watch(std::move(watch));
    } catch (...) {
        (void)unwatch_name(name);
        throw;
    }
}

bool Cell::unwatch_name(std::string_view name) noexcept {
    Family& mine = family();
    {
        const std::lock_guard held(mine.lock);
        if (std::erase(mine.watched_names, name) == 0) return false;
    }
    return system_.names.unwatch(name, *this);
}

// At its end.
void Cell::forget_watched_names() noexcept {
    Family* const mine = existing_family();
    if (mine == nullptr || mine->is_shared) return;
    std::vector<std::string> names;
    {
        const std::lock_guard held(mine->lock);
        names = std::move(mine->watched_names);
    }
    for (const std::string& name : names) (void)system_.names.unwatch(name, *this);
}

}  // namespace greenroom::detail
