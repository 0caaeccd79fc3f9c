// Who watches handles Down.
//
// Error  actor_has_no_handler_for_message<bank::Auditor, greenroom::Down>
#include <greenroom/actors/actor.hpp>

namespace bank {

class Account : public greenroom::Actor {};

class Auditor : public greenroom::Actor {
public:
    void look_at(const greenroom::Ref<Account>& account) { watch(this, account); }
#ifdef RIGHT
    void on(greenroom::Down) {}
#endif
};

}  // namespace bank
