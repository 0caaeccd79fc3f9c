// Handlers are found exactly: a char does not become an int on its way.
//
// Error  actor_has_no_handler_for_message<bank::Counter, char>
#include <greenroom/actors/actor.hpp>

namespace bank {

class Counter : public greenroom::Actor {
public:
    void on(int) {}
};

#ifdef RIGHT
void send(const greenroom::Ref<Counter>& counter) { counter.tell(int{'c'}); }
#else
void send(const greenroom::Ref<Counter>& counter) { counter.tell('c'); }
#endif

}  // namespace bank
