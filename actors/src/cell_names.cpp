#include <greenroom/actors/detail/cell_names.hpp>

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

void CellNames::add(Cell& cell, std::string_view name, const Named& as) {
    NameNews news;  // told when the lock is free
    Family& mine = cell.family();
    const std::lock_guard held(mine.lock);
    if (mine.has_ended || cell.has_ended()) {
        throw ActorStopped{"register_name: \"" + std::string{name} + "\": " + cell.name()};
    }
    std::vector<std::string>& names = mine.shared_extras().names;
    names.emplace_back(name);
    try {
        cell.system_.names.add(name, as, news);
    } catch (...) {
        names.pop_back();
        throw;
    }
}

bool CellNames::drop(Cell& cell, std::string_view name) noexcept {
    NameNews news;
    Family& mine = cell.family();
    const std::lock_guard held(mine.lock);
    // Of one that has ended they are taken out after its Downs.
    return !mine.has_ended && mine.shared != nullptr && std::erase(mine.shared->names, name) != 0 &&
           cell.system_.names.remove(name, cell, news);
}

void CellNames::watch(Cell& cell, std::unique_ptr<NameWatch> watch) {
    Family& mine = cell.family();
    const std::string name = watch->name;
    {
        const std::lock_guard held(mine.lock);
        std::vector<std::string>& all = mine.shared_extras().watched_names;
        if (std::find(all.begin(), all.end(), name) != all.end()) return;
        all.push_back(name);
    }
    try {
        cell.system_.names.watch(std::move(watch));
    } catch (...) {
        (void)unwatch(cell, name);
        throw;
    }
}

bool CellNames::unwatch(Cell& cell, std::string_view name) noexcept {
    Family& mine = cell.family();
    {
        const std::lock_guard held(mine.lock);
        if (mine.shared == nullptr || std::erase(mine.shared->watched_names, name) == 0) {
            return false;
        }
    }
    return cell.system_.names.unwatch(name, cell);
}

void CellNames::forget(Cell& cell) noexcept {
    std::vector<std::string> names;
    {
        Family& mine = cell.family();
        const std::lock_guard held(mine.lock);
        names = std::move(mine.shared->names);
    }
    cell.system_.names.remove(names, cell);
}

void CellNames::forget_watched(Cell& cell) noexcept {
    Family* const mine = cell.existing_family();
    if (mine == nullptr || mine->is_shared) return;
    std::vector<std::string> names;
    {
        const std::lock_guard held(mine->lock);
        if (mine->shared == nullptr) return;
        names = std::move(mine->shared->watched_names);
    }
    for (const std::string& name : names) (void)cell.system_.names.unwatch(name, cell);
}

}  // namespace greenroom::detail
