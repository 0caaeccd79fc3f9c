#include "name_registry.hpp"

#include <greenroom/core/error.hpp>
#include <mutex>

namespace greenroom::detail {

void NameRegistry::add(std::string_view name, Cell& cell) {
    std::string key{name};
    const std::lock_guard held(lock_);
    const auto [place, is_new] = cells_.try_emplace(std::move(key), &cell);
    if (is_new) return;
    throw Error{Errc::name_taken,
                "register_name: \"" + std::string{name} + "\" is " + place->second->name() + "'s"};
}

void NameRegistry::remove(const std::vector<std::string>& names) noexcept {
    if (names.empty()) return;
    const std::lock_guard held(lock_);
    for (const std::string& name : names) cells_.erase(name);
}

Cell& NameRegistry::find(std::string_view name, const ActorType& type) {
    const std::lock_guard held(lock_);
    const auto found = cells_.find(name);
    if (found == cells_.end()) {
        throw Error{Errc::not_found, "find: no actor is named \"" + std::string{name} + "\""};
    }
    Cell& cell = *found->second;
    if (&cell.type() != &type) {
        throw Error{Errc::not_found, "find: \"" + std::string{name} + "\" is of class " +
                                         cell.name() + ", not " + type.name};
    }
    cell.add_reference();
    return cell;
}

}  // namespace greenroom::detail
