// A function of a functional actor takes one message of a known type.
//
// Error  function_does_not_take_one_message_of_a_known_type<false>
#include <greenroom/actors/system.hpp>

#ifdef RIGHT
void use(greenroom::System& system) {
    system.spawn_functional([](int) {});
}
#else
void use(greenroom::System& system) {
    system.spawn_functional([](auto) {});
}
#endif
