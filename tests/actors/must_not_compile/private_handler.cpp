// A handler that is private is none, and the error says that it is to be public.
//
// Error  actor_has_no_public_handler_for_message<bank::Account, bank::Deposit>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Deposit {};

class Account : public greenroom::Actor {
#ifdef RIGHT
public:
#endif
    void on(Deposit) {}
};

void send(const greenroom::Ref<Account>& account) { account.tell(Deposit{}); }

}  // namespace bank
