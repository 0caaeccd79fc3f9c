// An ask that the actor does not handle.
//
// Error  actor_has_no_handler_for_message<Account, Balance>
#include <greenroom/actors/actor.hpp>

struct Deposit {};
struct Balance {};

class Account : public greenroom::Actor {
public:
    void on(Deposit) {}
#ifdef RIGHT
    int on(Balance) { return 0; }
#endif
};

void send(const greenroom::Ref<Account>& account) { account.ask(Balance{}); }
