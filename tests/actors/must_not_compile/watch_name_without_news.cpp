// Who watches a name handles what is told of it.
//
// Error  actor_has_no_handler_for_message<Reader, greenroom::NameFreed>
#include <greenroom/actors/actor.hpp>

class Reader : public greenroom::Actor {
public:
    void look() { watch_name(this, "store"); }
    void on(greenroom::NameRegistered) {}
#ifdef RIGHT
    void on(greenroom::NameFreed) {}
#endif
};
