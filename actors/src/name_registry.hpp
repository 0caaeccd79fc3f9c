// NameRegistry: actors by name.
#pragma once

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace greenroom::detail {

class NameRegistry {
public:
    // Throws Error(name_taken).
    void add(std::string_view name, Cell& cell);
    // Takes out the names of an actor that has ended.
    void remove(const std::vector<std::string>& names) noexcept;
    // With a reference for the caller. Throws Error(not_found).
    Cell& find(std::string_view name, const ActorType& type);

private:
    SpinLock lock_;
    std::map<std::string, Cell*, std::less<>> cells_;  // guarded by lock_; removed before they end
};

}  // namespace greenroom::detail
