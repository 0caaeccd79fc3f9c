// A question that is sent on to an actor that does not handle it.
//
// Error  actor_has_no_handler_for_message<bank::Account, bank::Balance>
#include <greenroom/actors/actor.hpp>
#include <utility>

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

void send(const greenroom::Ref<Account>& account, greenroom::Reply<int> reply) {
    account.forward(Balance{}, std::move(reply));
}

}  // namespace bank
