#include "numerics.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "line.hpp"

namespace chat {
namespace {

constexpr std::array texts{
    std::pair{Numeric::no_longer_away, "You are no longer marked as being away"},
    std::pair{Numeric::now_away, "You have been marked as being away"},
    std::pair{Numeric::end_of_who, "End of WHO list"},
    std::pair{Numeric::end_of_who_is, "End of WHOIS list"},
    std::pair{Numeric::list_start, "Users  Name"},
    std::pair{Numeric::end_of_list, "End of LIST"},
    std::pair{Numeric::no_topic, "No topic is set"},
    std::pair{Numeric::end_of_names, "End of NAMES list"},
    std::pair{Numeric::end_of_bans, "End of channel ban list"},
    std::pair{Numeric::end_of_who_was, "End of WHOWAS"},
    std::pair{Numeric::end_of_motd, "End of MOTD command"},
    std::pair{Numeric::operators, "operator(s) online"},
    std::pair{Numeric::unknown_connections, "unknown connection(s)"},
    std::pair{Numeric::channels_formed, "channels formed"},
    std::pair{Numeric::supported, "are supported by this server"},
    std::pair{Numeric::no_such_nick, "No such nick/channel"},
    std::pair{Numeric::no_such_server, "No such server"},
    std::pair{Numeric::no_such_channel, "No such channel"},
    std::pair{Numeric::cannot_send, "Cannot send to channel"},
    std::pair{Numeric::too_many_channels, "You have joined too many channels"},
    std::pair{Numeric::was_no_such_nick, "There was no such nickname"},
    std::pair{Numeric::too_many_targets, "Too many targets"},
    std::pair{Numeric::no_origin, "No origin specified"},
    std::pair{Numeric::invalid_cap_command, "Invalid CAP command"},
    std::pair{Numeric::no_text, "No text to send"},
    std::pair{Numeric::line_too_long, "Input line was too long"},
    std::pair{Numeric::unknown_command, "Unknown command"},
    std::pair{Numeric::no_motd, "There is no message of the day"},
    std::pair{Numeric::no_nick_given, "No nickname given"},
    std::pair{Numeric::erroneous_nick, "Erroneous nickname"},
    std::pair{Numeric::nick_in_use, "Nickname is already in use"},
    std::pair{Numeric::unavailable, "Nick/channel is temporarily unavailable"},
    std::pair{Numeric::not_in_channel, "They are not on that channel"},
    std::pair{Numeric::not_on_channel, "You are not on that channel"},
    std::pair{Numeric::already_on_channel, "is already on channel"},
    std::pair{Numeric::not_registered, "You have not registered"},
    std::pair{Numeric::need_more_params, "Not enough parameters"},
    std::pair{Numeric::already_registered, "You may not register again"},
    std::pair{Numeric::wrong_password, "Password incorrect"},
    std::pair{Numeric::key_already_set, "Channel key already set"},
    std::pair{Numeric::channel_is_full, "Cannot join channel (+l)"},
    std::pair{Numeric::unknown_mode, "is unknown mode char to me"},
    std::pair{Numeric::invite_only, "Cannot join channel (+i)"},
    std::pair{Numeric::banned, "Cannot join channel (+b)"},
    std::pair{Numeric::bad_key, "Cannot join channel (+k)"},
    std::pair{Numeric::ban_list_full, "Channel ban list is full"},
    std::pair{Numeric::not_channel_operator, "You are not a channel operator"},
    std::pair{Numeric::unknown_user_mode, "Unknown mode flag"},
    std::pair{Numeric::users_do_not_match, "Cannot change mode for other users"},
};

Line begin(const Replies& replies, Numeric number, std::initializer_list<std::string_view> words) {
    std::string digits = std::to_string(static_cast<int>(number));
    digits.insert(0, 3 - digits.size(), '0');
    Line line{prefix_of(replies.server()), digits};
    line.word(replies.nick());
    for (std::string_view word : words) line.word(word);
    return line;
}

}  // namespace

std::string_view text_of(Numeric number) noexcept {
    const auto* const found = std::find_if(
        texts.begin(), texts.end(), [number](const auto& entry) { return entry.first == number; });
    return found == texts.end() ? std::string_view{} : std::string_view{found->second};
}

std::string Replies::operator()(Numeric number,
                                std::initializer_list<std::string_view> words) const {
    return with_text(number, words, text_of(number));
}

std::string Replies::with_text(Numeric number, std::initializer_list<std::string_view> words,
                               std::string_view text) const {
    return begin(*this, number, words).text(text).done();
}

std::string Replies::bare(Numeric number, std::initializer_list<std::string_view> words) const {
    return begin(*this, number, words).done();
}

}  // namespace chat
