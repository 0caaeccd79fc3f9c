// Parts of protocol tables, each put together once.
#include <greenroom/actors/detail/protocol_table.hpp>

#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace greenroom::detail {

namespace {

struct Parts {
    std::mutex lock;
    std::map<std::pair<const ProtocolEntry*, const void*>, const ProtocolEntry*> known;
    // Equal ones are one: else a reference that is passed on as one protocol and then as another,
    // round and round, would be given new tables for ever.
    std::set<std::vector<ProtocolEntry>> tables;
};

Parts& parts() {
    static Parts& all = *new Parts;  // references may outlive all that is static
    return all;
}

}  // namespace

const ProtocolEntry* pick_entries(const ProtocolEntry* whole, const void* part,
                                  std::span<const std::size_t> places) {
    Parts& all = parts();
    const std::lock_guard held(all.lock);
    const auto known = all.known.find({whole, part});
    if (known != all.known.end()) return known->second;
    std::vector<ProtocolEntry> made;
    for (const std::size_t place : places) made.push_back(whole[place]);
    const ProtocolEntry* const table = all.tables.insert(std::move(made)).first->data();
    all.known.emplace(std::pair{whole, part}, table);
    return table;
}

}  // namespace greenroom::detail
