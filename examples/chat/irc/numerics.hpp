// The numbered replies of the protocol, and the words that go with them.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace chat {

enum class Numeric {
    welcome = 1,
    your_host = 2,
    created = 3,
    my_info = 4,
    supported = 5,
    user_modes = 221,
    users_of_network = 251,
    operators = 252,
    unknown_connections = 253,
    channels_formed = 254,
    users_of_server = 255,
    users_here = 265,
    users_everywhere = 266,
    away = 301,
    user_host = 302,
    is_on = 303,
    no_longer_away = 305,
    now_away = 306,
    who_is_user = 311,
    who_is_server = 312,
    end_of_who = 315,
    who_is_idle = 317,
    end_of_who_is = 318,
    who_is_channels = 319,
    list_start = 321,
    list = 322,
    end_of_list = 323,
    channel_modes = 324,
    channel_created = 329,
    no_topic = 331,
    topic = 332,
    topic_set_by = 333,
    inviting = 341,
    version = 351,
    who = 352,
    names = 353,
    end_of_names = 366,
    ban = 367,
    end_of_bans = 368,
    end_of_who_was = 369,
    motd = 372,
    motd_start = 375,
    end_of_motd = 376,
    time = 391,
    unknown_error = 400,
    no_such_nick = 401,
    no_such_server = 402,
    no_such_channel = 403,
    cannot_send = 404,
    too_many_channels = 405,
    was_no_such_nick = 406,
    too_many_targets = 407,
    no_origin = 409,
    invalid_cap_command = 410,
    no_recipient = 411,
    no_text = 412,
    line_too_long = 417,
    unknown_command = 421,
    no_motd = 422,
    no_nick_given = 431,
    erroneous_nick = 432,
    nick_in_use = 433,
    unavailable = 437,
    not_in_channel = 441,
    not_on_channel = 442,
    already_on_channel = 443,
    not_registered = 451,
    need_more_params = 461,
    already_registered = 462,
    wrong_password = 464,
    key_already_set = 467,
    channel_is_full = 471,
    unknown_mode = 472,
    invite_only = 473,
    banned = 474,
    bad_key = 475,
    ban_list_full = 478,
    not_channel_operator = 482,
    unknown_user_mode = 501,
    users_do_not_match = 502,
    invalid_mode_param = 696,
};

// The text that ends the reply as a rule; empty for a reply that has none of its own.
std::string_view text_of(Numeric number) noexcept;

// Numbered replies from one server to one client.
//
// Lifetime  Holds views of both names: for the length of one answer.
class Replies {
public:
    // `nick` is the client's, or * while it has none.
    Replies(std::string_view server, std::string_view nick) : server_{server}, nick_{nick} {}

    // :server 433 nick WORDS :text_of(number)
    std::string operator()(Numeric number,
                           std::initializer_list<std::string_view> words = {}) const;

    // The same with `text` at its end.
    std::string with_text(Numeric number, std::initializer_list<std::string_view> words,
                          std::string_view text) const;

    // The same without any text.
    std::string bare(Numeric number, std::initializer_list<std::string_view> words) const;

    std::string_view server() const noexcept { return server_; }
    std::string_view nick() const noexcept { return nick_; }

private:
    std::string_view server_;
    std::string_view nick_;
};

}  // namespace chat
