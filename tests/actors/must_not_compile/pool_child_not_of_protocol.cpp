// The children of a pool handle its protocol.
//
// Error  actor_has_no_handler_for_message<Worker, Query>
#include <greenroom/actors/pool.hpp>
#include <greenroom/actors/system.hpp>

struct Job {};
struct Query {};
using Work = greenroom::Protocol<void(Job), int(Query)>;

class Worker : public greenroom::Actor {
public:
    void on(Job) {}
#ifdef RIGHT
    int on(Query) { return 1; }
#endif
};

void start(greenroom::System& system) {
    (void)system.spawn<greenroom::Pool<Work>>([] { return Worker{}; });
}
