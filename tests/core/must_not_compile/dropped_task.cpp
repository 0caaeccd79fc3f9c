// A task that is dropped would be cancelled at once: a warning says so.
//
// Flags  -Werror
// Error  ignoring return.*nodiscard
#include <greenroom/core/task.hpp>

#ifdef RIGHT
void start(greenroom::Runtime& runtime) {
    spawn(runtime, [] {}).detach();
}
#else
void start(greenroom::Runtime& runtime) {
    spawn(runtime, [] {});
}
#endif
