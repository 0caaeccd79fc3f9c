// A derived `on` hides those of the base class, unless there is a using-declaration.
//
// Error  actor_has_no_handler_for_message<bank::Savings, bank::Deposit>
#include <greenroom/actors/actor.hpp>

namespace bank {

struct Deposit {};
struct Interest {};

class Account : public greenroom::Actor {
public:
    void on(Deposit) {}
};

class Savings : public Account {
public:
#ifdef RIGHT
    using Account::on;
#endif
    void on(Interest) {}
};

void send(const greenroom::Ref<Savings>& savings) { savings.tell(Deposit{}); }

}  // namespace bank
