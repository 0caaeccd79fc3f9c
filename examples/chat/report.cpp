#include "report.hpp"

#include <algorithm>
#include <string_view>

namespace chat {

std::string report_text(const Totals& totals) {
    constexpr std::size_t figure_column = 28;
    std::string text;
    const auto add = [&](std::string_view name, std::uint64_t figure) {
        std::string line = "  " + std::string{name};
        line.resize(std::max(figure_column, line.size() + 1), ' ');
        text += line + std::to_string(figure) + "\n";
    };
    add("clients served", totals.served);
    add("at most at once", totals.most_at_once);
    add("refused, no room", totals.refused);
    add("accept failed", totals.without_descriptor);
    add("messages", totals.counts.messages);
    add("deliveries", totals.counts.deliveries);
    add("bad lines", totals.counts.bad_lines);
    add("channels", totals.channels);
    add("channels lost", totals.channels_lost);
    add("quit", totals.ended(Ending::quit));
    add("vanished", totals.ended(Ending::vanished));
    add("dropped, slow", totals.ended(Ending::slow));
    add("dropped, silent", totals.ended(Ending::silent));
    add("dropped, not registered", totals.ended(Ending::unregistered));
    add("failed", totals.ended(Ending::failed));
    return text;
}

}  // namespace chat
