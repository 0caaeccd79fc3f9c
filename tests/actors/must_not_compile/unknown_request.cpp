// A request that the actor does not handle.
//
// Error  actor_has_no_handler_for_message<bank::Account, bank::Balance>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Deposit {};
struct Balance {};

class Account : public greenroom::Actor {
public:
    void on(Deposit) {}
#ifdef RIGHT
    int on(Balance) { return 0; }
#endif
};

int send(const greenroom::Ref<Account>& account) { return account.request(Balance{}).get(); }

}  // namespace bank
