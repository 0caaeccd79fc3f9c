// A message that the actor does not handle, among several handlers. Whether one of them is for it
// and private cannot be told, so that the error leaves that open.
//
// Error  actor_has_no_public_handler_for_message<bank::Account, bank::Withdraw>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Deposit {};
struct Interest {};
struct Withdraw {};

class Account : public greenroom::Actor {
public:
    void on(Deposit) {}
    void on(const Interest&) {}
#ifdef RIGHT
    void on(Withdraw) {}
#endif
};

void send(const greenroom::Ref<Account>& account) { account.tell(Withdraw{}); }

}  // namespace bank
