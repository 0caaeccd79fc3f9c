// Line: one line of the protocol on its way to clients, its end included.
//
// A line is put together once, and then only copied, to however many clients.
#pragma once

#include <string>
#include <string_view>

namespace chat {

// Puts a line together, word by word:
//
//   Line(":ada!a@host", "PRIVMSG").word("#tea").text("Anyone in?")  is
//   :ada!a@host PRIVMSG #tea :Anyone in?
//
// Limits  A line keeps to line_bytes_max: what is too much is cut off at its end, at the border of
//         a character. What may be long belongs to the end, and has limits of its own.
class Line {
public:
    // `prefix` with its colon in front, or empty for none.
    Line(std::string_view prefix, std::string_view command);

    // A parameter; an empty one becomes *, since it could not be seen.
    Line& word(std::string_view param);

    // The last parameter, in which there may be spaces.
    Line& text(std::string_view param);

    // With its end.
    std::string done() const;

private:
    std::string line_;
};

// ":name", as Line wants it.
std::string prefix_of(std::string_view name);

}  // namespace chat
