// A handler that is private is none, also beside others that are public.
//
// Error  public_handler_.*<bank::Account, bank::Deposit>|Account::on\(bank::Deposit\).* private
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Deposit {};
struct Withdraw {};

class Account : public greenroom::Actor {
public:
    void on(Withdraw) {}
#ifndef RIGHT
private:
#endif
    void on(Deposit) {}
};

void send(const greenroom::Ref<Account>& account) { account.tell(Deposit{}); }

}  // namespace bank
