// Parts of protocol tables, each put together once.
#include <greenroom/actors/detail/protocol_table.hpp>

#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace greenroom::detail {

namespace {

struct Parts {
    std::mutex lock;
    // By the whole table and the places: both are constants of the program.
    std::map<std::pair<const ProtocolEntry*, const std::size_t*>, std::vector<ProtocolEntry>> known;
};

Parts& parts() {
    static Parts& all = *new Parts;  // references may outlive all that is static
    return all;
}

}  // namespace

const ProtocolEntry* pick_entries(const ProtocolEntry* whole, std::span<const std::size_t> places) {
    Parts& all = parts();
    const std::lock_guard held(all.lock);
    std::vector<ProtocolEntry>& part = all.known[{whole, places.data()}];
    if (part.empty()) {
        std::vector<ProtocolEntry> made;
        for (const std::size_t place : places) made.push_back(whole[place]);
        part = std::move(made);
    }
    return part.data();
}

}  // namespace greenroom::detail
