// What is spawned derives publicly from Actor.
//
// Error  class_does_not_derive_publicly_from_actor<bank::Account>
#include <greenroom/actors/system.hpp>

namespace bank {

#ifdef RIGHT
class Account : public greenroom::Actor {};
#else
class Account {};
#endif

void open(greenroom::System& system) { system.spawn<Account>(); }

}  // namespace bank
