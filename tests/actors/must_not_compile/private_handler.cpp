// A handler that is private is none.
//
// Error  actor_has_no_handler_for_message<Account, Deposit>
#include <greenroom/actors/actor.hpp>

struct Deposit {};

class Account : public greenroom::Actor {
#ifdef RIGHT
public:
#endif
    void on(Deposit) {}
};

void send(const greenroom::Ref<Account>& account) { account.tell(Deposit{}); }
