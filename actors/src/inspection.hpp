// Inspection: somebody wants to hear what an actor says of its state: see cell_inspect.cpp.
//
// Threads  Written by the actor's turn, or its end, before `answered` is set; read after it.
#pragma once

#include <greenroom/core/event.hpp>
#include <string>

namespace greenroom::detail {

struct Inspection {
    Event answered;
    std::string text;
    bool told = false;  // false: it has ended
};

}  // namespace greenroom::detail
