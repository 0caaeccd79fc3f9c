// MessageNote: what is known of a message that an actor was given: of which type it is, how it
// came, and from where.
#pragma once

#include <greenroom/actors/exit.hpp>
#include <greenroom/core/where.hpp>
#include <string>
#include <string_view>

namespace greenroom {

enum class SentBy {
    tell,     // at once or later
    ask,      // somebody waits for the answer
    forward,  // by forward() or request()
    timer,    // of the actor's own
    library,  // a Down, news of a name or a connection, what was given to Future::then
};

struct MessageNote {
    std::string_view message;  // the name of its type, which lives for ever
    SentBy by = SentBy::library;
    Where where{};                 // of an ask or a forward; else line 0: it is not known
    const char* sender = nullptr;  // of an ask: the class of the actor that asks; null: not known
    ActorId sender_id{};
};

// "Pay, asked by Shop 3 at shop.cpp:12", "Number, told".
std::string to_string(const MessageNote& note);

}  // namespace greenroom
