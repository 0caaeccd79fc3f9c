// The key of a router is taken from each of its messages.
//
// Error  key_of_router_does_not_take_message<NameOf, Save>
#include <greenroom/actors/router.hpp>
#include <greenroom/actors/system.hpp>
#include <string>

struct Load {
    std::string name;
};
struct Save {
    std::string name;
};
using Store = greenroom::Protocol<int(Load), void(Save)>;

struct NameOf {
    std::string operator()(const Load& load) const { return load.name; }
#ifdef RIGHT
    std::string operator()(const Save& save) const { return save.name; }
#endif
};

void start(greenroom::System& system) {
    (void)system.spawn<greenroom::Router<Store>>(greenroom::ByKey{NameOf{}});
}
