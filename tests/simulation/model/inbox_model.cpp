// Inbox: two threads push, the worker takes.
//
// Property  Every node arrives once, and those of one thread in the order pushed. When all pushes
//           have returned, a look that finds the inbox empty is right.
#include "inbox.hpp"

#include "simulation/model/explore.hpp"

namespace greenroom::model {

namespace {

using detail::Inbox;
using detail::InboxNode;
using detail::Mutant;

constexpr int pushers = 2;
constexpr int nodes_each = 3;

struct Numbered : InboxNode {
    int pusher = 0;
    int number = 0;
};

void play(SimulatedMachine& machine) {
    Inbox inbox;
    Numbered nodes[pushers][nodes_each];
    int seen[pushers] = {};
    auto take = [&] {
        InboxNode* node = inbox.take();
        while (node != nullptr) {
            const auto& arrived = static_cast<Numbered&>(*node);
            node = node->next;
            require(arrived.number == seen[arrived.pusher]++, "in the order pushed");
        }
    };
    auto pushes = [&](int pusher) {
        return [&, pusher] {
            for (int i = 0; i < nodes_each; ++i) {
                nodes[pusher][i].pusher = pusher;
                nodes[pusher][i].number = i;
                inbox.push(nodes[pusher][i]);
            }
        };
    };
    {
        auto first = machine.start("first", pushes(0));
        auto second = machine.start("second", pushes(1));
        for (int i = 0; i < 4; ++i) take();
    }
    while (!inbox.looks_empty()) take();
    for (const int count : seen) require(count == nodes_each, "every node arrives");
}

const Added added{{"Inbox", &play}, {Mutant::inbox_store_for_exchange}};

}  // namespace

}  // namespace greenroom::model
