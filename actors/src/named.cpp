#include <greenroom/actors/detail/named.hpp>

#include <algorithm>
#include <vector>

namespace greenroom::detail {

namespace {

// The entries of a protocol that has all of `wanted`; false: it has not.
bool take_part(Named& named, const RefType& wanted) {
    const auto& whole = named.type->signatures;
    std::vector<std::size_t> places;
    for (const std::string_view* const signature : wanted.signatures) {
        const auto found = std::find(whole.begin(), whole.end(), signature);
        if (found == whole.end()) return false;
        places.push_back(static_cast<std::size_t>(found - whole.begin()));
    }
    named.table = pick_entries(named.table, &wanted, places);
    named.type = &wanted;
    return true;
}

}  // namespace

bool refer_as(Named& named, const RefType& wanted) {
    if (named.type == &wanted || wanted.is_any_actor) return true;
    if (wanted.is_protocol) return named.type->is_protocol && take_part(named, wanted);
    return wanted.actor_class == &named.actor.cell()->type();
}

}  // namespace greenroom::detail
