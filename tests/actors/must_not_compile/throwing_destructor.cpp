// A message's destructor does not throw.
//
// Error  destructor_of_message_may_throw<bank::Bomb>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Bomb {
    ~Bomb()
#ifndef RIGHT
        noexcept(false)
#endif
    {
    }
};

class Squad : public greenroom::Actor {
public:
    void on(const Bomb&) {}
};

void send(const greenroom::Ref<Squad>& squad) { squad.tell(Bomb{}); }

}  // namespace bank
