#include "welcome.hpp"

#include "limits.hpp"
#include "line.hpp"

namespace chat {
namespace {

constexpr std::size_t tokens_of_line_max = 10;  // the protocol allows 13 with all

std::string token(std::string_view name, std::size_t value) {
    return std::string{name} + std::to_string(value);
}

// Features and limits, for 005.
std::vector<std::string> tokens() {
    const std::string targets = std::to_string(targets_max);
    return {
        "CASEMAPPING=rfc1459",
        "CHANTYPES=#",
        "PREFIX=(ov)@+",
        "CHANMODES=b,k,l,imnst",
        "NETWORK=greenroom",
        "UTF8ONLY",
        "SAFELIST",
        "ELIST=M",
        token("NICKLEN=", nick_bytes_max),
        token("MAXNICKLEN=", nick_bytes_max),
        token("USERLEN=", user_bytes_max),
        token("CHANNELLEN=", channel_bytes_max),
        token("TOPICLEN=", topic_bytes_max),
        token("KICKLEN=", reason_bytes_max),
        token("AWAYLEN=", away_bytes_max),
        token("KEYLEN=", key_bytes_max),
        token("CHANLIMIT=#:", channels_max),
        token("MAXLIST=b:", bans_max),
        token("MODES=", mode_params_max),
        "TARGMAX=PRIVMSG:" + targets + ",NOTICE:" + targets + ",WHOIS:" + targets +
            ",KICK:" + targets + ",JOIN:,PART:",
    };
}

void add_supported(const Replies& replies, std::vector<std::string>& lines) {
    const std::vector<std::string> all = tokens();
    for (std::size_t at = 0; at < all.size(); at += tokens_of_line_max) {
        std::string some;
        for (std::size_t i = at; i < all.size() && i < at + tokens_of_line_max; ++i) {
            some += (some.empty() ? "" : " ") + all[i];
        }
        lines.push_back(replies(Numeric::supported, {some}));
    }
}

}  // namespace

std::string_view version_name() noexcept { return "greenroom_chat-0.1"; }

std::vector<std::string> welcome(const Replies& replies, std::string_view mask,
                                 std::string_view since) {
    const std::string server{replies.server()};
    const std::string version{version_name()};
    std::vector<std::string> lines;
    lines.push_back(
        replies.with_text(Numeric::welcome, {}, "Welcome to the greenroom, " + std::string{mask}));
    lines.push_back(replies.with_text(Numeric::your_host, {},
                                      "Your host is " + server + ", running " + version));
    lines.push_back(
        replies.with_text(Numeric::created, {}, "This server was started " + std::string{since}));
    lines.push_back(replies.bare(Numeric::my_info, {server, version, "i", "biklmnostv", "bklov"}));
    add_supported(replies, lines);
    return lines;
}

std::vector<std::string> message_of_the_day(const Replies& replies,
                                            const std::vector<std::string>& lines) {
    if (lines.empty()) return {replies(Numeric::no_motd)};
    std::vector<std::string> all;
    const std::string title = "- " + std::string{replies.server()} + " Message of the day -";
    all.push_back(replies.with_text(Numeric::motd_start, {}, title));
    for (const std::string& line : lines) {
        all.push_back(replies.with_text(Numeric::motd, {}, "- " + line));
    }
    all.push_back(replies(Numeric::end_of_motd));
    return all;
}

}  // namespace chat
