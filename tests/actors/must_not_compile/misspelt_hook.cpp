// A hook that is misspelt overrides nothing, and says so.
//
// Error  override
#include <greenroom/actors/actor.hpp>

class Account : public greenroom::Actor {
#ifdef RIGHT
    void on_start() override {}
#else
    void on_strat() override {}
#endif
};
