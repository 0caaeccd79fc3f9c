// The mode line of a channel taken apart: MODE #tea +ok-v ada secret grace.
#pragma once

#include <string_view>
#include <vector>

namespace chat {

struct ModeChange {
    bool adds = true;
    char letter = 0;
    std::string_view param;  // empty if there is none
};

struct ModeRequest {
    std::vector<ModeChange> changes;  // in the order given
    std::vector<char> unknown;        // letters that are no mode
    bool lists_bans = false;          // b without a mask
    std::vector<char> without_param;  // letters that need one and found none
};

// `words` are the mode letters and then their parameters. A parameter above mode_params_max takes
// its change with it; 005 announces that limit, and clients split their lines by it.
//
// Takes a parameter: b o v always, k always (to take a key away, any word will do, or none), l when
// it is set. Takes none: i m n s t.
//
// Lifetime  The result is views into `words`.
ModeRequest parse_modes(const std::vector<std::string_view>& words);

}  // namespace chat
