#include "directory.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "irc/limits.hpp"
#include "irc/text.hpp"
#include "irc/wildcard.hpp"

namespace chat {

PersonNumber Directory::enter(greenroom::Ref<Session> session) {
    const PersonNumber number = ++last_;
    Entry& entry = entries_[number];
    entry.session = std::move(session);
    ++count_of(entry);
    return number;
}

std::size_t& Directory::count_of(const Entry& entry) noexcept {
    if (entry.person == nullptr) return census_.unknown;
    return entry.person->invisible ? census_.invisible : census_.visible;
}

void Directory::leave(PersonNumber number) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) return;
    by_nick_.erase(folded(found->second.nick));
    --count_of(found->second);
    entries_.erase(found);
}

void Directory::introduce(const PersonPtr& person) {
    Entry* const entry = find(person->number);
    if (entry == nullptr) return;
    --count_of(*entry);
    entry->person = person;
    entry->spoke_at = person->since;
    ++count_of(*entry);
    census_.most = std::max(census_.most, census_.registered());
}

void Directory::set_invisible(const PersonPtr& person) {
    Entry* const entry = find(person->number);
    if (entry == nullptr) return;
    --count_of(*entry);
    entry->person = person;
    ++count_of(*entry);
}

bool Directory::claim(PersonNumber number, std::string_view nick) {
    Entry* const entry = find(number);
    if (entry == nullptr) return false;
    const auto [place, is_new] = by_nick_.try_emplace(folded(nick), number);
    if (!is_new && place->second != number) return false;
    if (!same_name(entry->nick, nick)) by_nick_.erase(folded(entry->nick));
    entry->nick = nick;
    return true;
}

Entry* Directory::find(PersonNumber number) {
    const auto found = entries_.find(number);
    return found == entries_.end() ? nullptr : &found->second;
}

const Entry* Directory::find_nick(std::string_view nick) const {
    const auto found = by_nick_.find(folded(nick));
    if (found == by_nick_.end()) return nullptr;
    const Entry& entry = entries_.at(found->second);
    return entry.person == nullptr ? nullptr : &entry;
}

std::vector<const Entry*> Directory::matching(std::string_view mask, PersonNumber asker) const {
    std::unordered_set<std::string> shared;
    if (const auto own = entries_.find(asker); own != entries_.end()) {
        for (const std::string& name : own->second.channels) shared.insert(folded(name));
    }
    const auto shows = [&](const Entry& entry) {
        if (!entry.person->invisible || entry.person->number == asker) return true;
        return same_name(mask, entry.nick) ||
               std::any_of(entry.channels.begin(), entry.channels.end(),
                           [&](const std::string& name) { return shared.contains(folded(name)); });
    };
    std::vector<const Entry*> found;
    for (const auto& [number, entry] : entries_) {
        if (found.size() == replies_max) break;
        if (entry.person == nullptr) continue;
        const Person& person = *entry.person;
        const bool fits = matches(mask, person.nick) || matches(mask, person.user) ||
                          matches(mask, person.host) || matches(mask, person.mask()) ||
                          matches(mask, person.real_name);
        if (fits && shows(entry)) found.push_back(&entry);
    }
    return found;
}

}  // namespace chat
