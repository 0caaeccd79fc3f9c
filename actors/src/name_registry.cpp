#include "name_registry.hpp"

#include <greenroom/core/detail/wait_in_line.hpp>
#include <greenroom/core/error.hpp>
#include <iterator>
#include <mutex>
#include <tuple>

namespace greenroom::detail {

namespace {

// What is put into a map under the lock is made without it.
template <class Map, class... Value>
typename Map::node_type make_node(Value&&... value) {
    Map alone;
    alone.emplace(std::forward<Value>(value)...);
    return alone.extract(alone.begin());
}

std::string quoted(std::string_view name) { return '"' + std::string{name} + '"'; }

[[noreturn]] void throw_stopping(std::string_view name) {
    throw Error{Errc::stopping, "find: " + quoted(name) + ": the system is stopping"};
}

}  // namespace

// Its place in a line.
struct NameRegistry::Waiter : WaitEntry {
    using WaitEntry::WaitEntry;
    Named found;  // nobody: the waits have ended. Written by who wakes it
};

void NameRegistry::add(std::string_view name, const Named& actor, NameNews& news) {
    auto made =
        make_node<Owners>(std::string{name}, Owner{actor.actor.cell(), actor.type, actor.table, 0});
    Owners::insert_return_type put;
    const char* owner = nullptr;  // whose the name is already
    {
        const std::lock_guard held(lock_);
        if (const auto found = owners_.find(name); found != owners_.end()) {
            owner = found->second.cell->name();
        } else if (owners_.size() < names_max_) {
            put = owners_.insert(std::move(made));
            put.position->second.number = ++registrations_;
            wake(name, actor, news);
            list_watches(name, news);
            return;
        }
    }
    const std::string story = "register_name: " + quoted(name);
    if (owner != nullptr) throw Error{Errc::name_taken, story + " is " + owner + "'s"};
    throw Error{Errc::limit_reached, story + ": the system has " + std::to_string(names_max_) +
                                         " names already, by SystemOptions::names_max"};
}

// Gives the name to all who wait for it.
void NameRegistry::wake(std::string_view name, const Named& actor, NameNews& news) noexcept {
    const auto line = lines_.find(name);
    if (line == lines_.end()) return;
    WaitEntry* from = line->second.first();
    while (WaitEntry* const entry = line->second.win_next(from)) {
        static_cast<Waiter&>(*entry).found = actor;
        news.woken_.add(*entry);
    }
    if (line->second.empty()) lines_.erase(line);  // else who gave up is on the way out, and does
}

bool NameRegistry::remove(std::string_view name, const Cell& owner, NameNews& news) noexcept {
    Owners::node_type removed;
    const std::lock_guard held(lock_);
    const auto found = owners_.find(name);
    if (found == owners_.end() || found->second.cell != &owner) return false;
    removed = owners_.extract(found);
    list_watches(name, news);
    return true;
}

void NameRegistry::remove(const std::vector<std::string>& names, const Cell& owner) noexcept {
    for (const std::string& name : names) {
        NameNews news;
        (void)remove(name, owner, news);
    }
}

Named NameRegistry::named(const Owner& owner) {
    return {reference_to(*owner.cell), owner.type, owner.table};
}

Named NameRegistry::find(std::string_view name) const {
    const std::lock_guard held(lock_);
    const auto found = owners_.find(name);
    return found == owners_.end() ? Named{} : named(found->second);
}

Named NameRegistry::find_alive(std::string_view name) const {
    const auto found = owners_.find(name);
    if (found == owners_.end() || found->second.cell->has_ended()) return {};
    return named(found->second);
}

Named NameRegistry::wait_before(std::string_view name, Deadline deadline, Where where) {
    WaitRecord record{{"name", this, where}};
    Waiter waiter{record};
    auto made = make_node<Lines>(std::piecewise_construct, std::forward_as_tuple(name),
                                 std::forward_as_tuple());
    Lines::insert_return_type put;
    bool in_line = false;
    {
        const std::lock_guard held(lock_);
        if (Named found = find_alive(name)) return found;
        in_line = !waits_have_ended_;
        if (in_line) {
            put = lines_.insert(std::move(made));
            put.position->second.add(waiter);
        }
    }
    if (!in_line) throw_stopping(name);
    const auto leave = [&](Resumption&) {
        if (put.position->second.empty()) lines_.erase(put.position);
    };
    const Outcome outcome = wait_and_leave(lock_, put.position->second, waiter, deadline, leave);
    if (outcome == Outcome::cancelled) throw_cancelled();
    if (outcome == Outcome::woken && !waiter.found) throw_stopping(name);
    return std::move(waiter.found);
}

void NameRegistry::end_waits() noexcept {
    NameNews news;
    const std::lock_guard held(lock_);
    waits_have_ended_ = true;
    for (auto line = lines_.begin(); line != lines_.end();) {
        const auto next = std::next(line);
        news.woken_.add_all(line->second);
        if (line->second.empty()) lines_.erase(line);
        line = next;
    }
}

// Some at a time, since it is long under the lock.
std::vector<std::string> NameRegistry::names() const {
    constexpr std::size_t at_once_max = 64;
    std::vector<std::string> all;
    for (std::size_t taken = at_once_max; taken == at_once_max;) {
        const std::lock_guard held(lock_);
        auto next = all.empty() ? owners_.begin() : owners_.upper_bound(all.back());
        for (taken = 0; taken < at_once_max && next != owners_.end(); ++taken, ++next) {
            all.push_back(next->first);
        }
    }
    return all;
}

std::size_t NameRegistry::size() const noexcept {
    const std::lock_guard held(lock_);
    return owners_.size();
}

std::size_t NameRegistry::awaited_count() const noexcept {
    const std::lock_guard held(lock_);
    return lines_.size();
}

}  // namespace greenroom::detail
