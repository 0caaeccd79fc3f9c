// Nor does a message become another that can be made from it.
//
// Error  actor_has_no_handler_for_message<bank::Account, bank::Cents>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Cents {};
struct Deposit {
    Deposit(Cents) {}  // NOLINT: a conversion, on purpose
};

class Account : public greenroom::Actor {
public:
    void on(const Deposit&) {}
};

#ifdef RIGHT
void send(const greenroom::Ref<Account>& account) { account.tell(Deposit{Cents{}}); }
#else
void send(const greenroom::Ref<Account>& account) { account.tell(Cents{}); }
#endif

}  // namespace bank
