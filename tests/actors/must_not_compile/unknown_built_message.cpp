// A message that is built in place, and that the actor does not handle.
//
// Error  actor_has_no_handler_for_message<bank::Account, bank::Withdraw>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Deposit {};
struct Withdraw {};

class Account : public greenroom::Actor {
public:
    void on(Deposit) {}
#ifdef RIGHT
    void on(Withdraw) {}
#endif
};

void send(const greenroom::Ref<Account>& account) { account.tell<Withdraw>(); }

}  // namespace bank
