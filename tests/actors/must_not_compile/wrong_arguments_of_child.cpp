// So does the spawn of a child. Of arguments that are long to say their number stands there.
//
// Error  actor_has_no_constructor_for_.*arguments<bank::Account, (2|std::basic_string<char>, int)
#include <greenroom/actors/actor.hpp>
#include <string>
#include <utility>

namespace bank {

class Account : public greenroom::Actor {
public:
    explicit Account(std::string) {}
};

class Branch : public greenroom::Actor {
public:
#ifdef RIGHT
    void open(std::string owner) { spawn<Account>(std::move(owner)); }
#else
    void open(std::string owner) { spawn<Account>(std::move(owner), 100); }
#endif
};

}  // namespace bank
