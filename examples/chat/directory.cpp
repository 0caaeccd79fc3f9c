#include "directory.hpp"

#include <algorithm>
#include <utility>

#include "irc/limits.hpp"
#include "irc/text.hpp"
#include "irc/wildcard.hpp"

namespace chat {

PersonNumber Directory::enter(greenroom::Ref<Session> session) {
    const PersonNumber number = ++last_;
    entries_[number].session = std::move(session);
    return number;
}

void Directory::leave(PersonNumber number) {
    const auto found = entries_.find(number);
    if (found == entries_.end()) return;
    by_nick_.erase(folded(found->second.nick));
    if (found->second.person != nullptr) --registered_;
    entries_.erase(found);
}

void Directory::introduce(const PersonPtr& person) {
    Entry* const entry = find(person->number);
    if (entry == nullptr) return;
    if (entry->person == nullptr) ++registered_;
    registered_most_ = std::max(registered_most_, registered_);
    entry->person = person;
    entry->spoke_at = person->since;
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

std::vector<const Entry*> Directory::matching(std::string_view mask) const {
    std::vector<const Entry*> found;
    for (const auto& [number, entry] : entries_) {
        if (found.size() == replies_max) break;
        if (entry.person == nullptr || entry.invisible) continue;
        const Person& person = *entry.person;
        const bool fits = matches(mask, person.nick) || matches(mask, person.user) ||
                          matches(mask, person.host) || matches(mask, person.mask()) ||
                          matches(mask, person.real_name);
        if (fits) found.push_back(&entry);
    }
    return found;
}

Census Directory::census() const {
    Census census;
    census.most = registered_most_;
    for (const auto& [number, entry] : entries_) {
        if (entry.person == nullptr) {
            ++census.unknown;
        } else if (entry.invisible) {
            ++census.invisible;
        } else {
            ++census.visible;
        }
    }
    return census;
}

}  // namespace chat
