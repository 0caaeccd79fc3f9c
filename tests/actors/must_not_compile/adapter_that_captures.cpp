// An adapter's function is part of the reference's type, so it keeps nothing.
//
// Error  adapters_function_captures_something<Quote>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/adapter.hpp>

struct Number {
    int value;
};
struct Quote {
    int cents;
};

class Buyer : public greenroom::Actor {
public:
    void on(Number) {}
};

#ifdef RIGHT
auto use(const greenroom::Ref<Buyer>& buyer, int) {
    return greenroom::adapt(buyer, [](Quote quote) { return Number{quote.cents}; });
}
#else
auto use(const greenroom::Ref<Buyer>& buyer, int factor) {
    return greenroom::adapt(buyer, [factor](Quote quote) { return Number{factor * quote.cents}; });
}
#endif
