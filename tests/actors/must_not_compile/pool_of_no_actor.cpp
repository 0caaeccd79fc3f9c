// What makes the children of a pool returns an actor.
//
// Error  function_does_not_make_an_actor<int>
#include <greenroom/actors/pool.hpp>
#include <greenroom/actors/system.hpp>

struct Job {};
using Work = greenroom::Protocol<void(Job)>;

class Worker : public greenroom::Actor {
public:
    void on(Job) {}
};

#ifdef RIGHT
Worker make() { return Worker{}; }
#else
int make() { return 1; }
#endif

void start(greenroom::System& system) { (void)system.spawn<greenroom::Pool<Work>>(&make); }
