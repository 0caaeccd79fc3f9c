// A spawn with arguments that no constructor takes names the actor and the arguments.
//
// Error  actor_has_no_constructor_for_arguments<bank::Account, const char ?\(&\)\[4\]>
#include <greenroom/actors/system.hpp>

namespace bank {

class Account : public greenroom::Actor {
public:
    explicit Account(int) {}
};

#ifdef RIGHT
void open(greenroom::System& system) { system.spawn<Account>(100); }
#else
void open(greenroom::System& system) { system.spawn<Account>("100"); }
#endif

}  // namespace bank
