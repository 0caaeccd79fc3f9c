// The process's limit of descriptors, of which each connection takes one.
#pragma once

#include <cstddef>

#include "log.hpp"

namespace chat {

// Raises the limit as far as `wanted` connections need. Returns how many there can be: fewer, if
// the system does not allow as many; that and what to do about it is logged.
std::size_t allow_connections(std::size_t wanted, Log& log);

}  // namespace chat
