// Sending needs the actor's class, and not only its name.
//
// Error  actor_class_is_not_complete_here<bank::Account, bank::Deposit>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Deposit {};

#ifdef RIGHT
class Account : public greenroom::Actor {
public:
    void on(Deposit) {}
};
#else
class Account;
#endif

void send(const greenroom::Ref<Account>& account) { account.tell(Deposit{}); }

}  // namespace bank
