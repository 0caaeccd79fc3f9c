// What try_tell says is not to be dropped.
//
// Flags  -Werror
// Error  ignoring return.*nodiscard
#include <greenroom/actors/actor.hpp>

struct Deposit {};

class Account : public greenroom::Actor {
public:
    void on(Deposit) {}
};

#ifdef RIGHT
bool send(const greenroom::Ref<Account>& account) {
    return account.try_tell(Deposit{}) == greenroom::Sent::sent;
}
#else
void send(const greenroom::Ref<Account>& account) { account.try_tell(Deposit{}); }
#endif
