// An include that runs upward: core knows no header of actors, since it never sees their root.
//
// Error  greenroom/actors/actor\.hpp.*(No such file|file not found)
#include <greenroom/core/deadline.hpp>
#ifndef RIGHT
#include <greenroom/actors/actor.hpp>
#endif
