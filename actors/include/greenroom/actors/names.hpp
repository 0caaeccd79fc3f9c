// NameRegistered, NameFreed: what an actor is sent that watches a name: Actor::watch_name.
//
//     void on_start() override { watch_name(this, "store"); }
//     void on(const greenroom::NameRegistered& news) {
//         store_ = system().try_find<Store>(news.name);
//     }
//     void on(const greenroom::NameFreed&) { store_ = {}; }
//
// Ordering  The two come in turn, NameRegistered first. If the actor has ended, NameFreed comes
//           after its Down.
// Limits    One message of a watch is under way at a time, and it tells what holds when it is
//           handled. So who is slower than the changes is told of the last one, and a registration
//           that is over by then not at all.
#pragma once

#include <greenroom/actors/ref.hpp>
#include <string>

namespace greenroom {

// The name was given to an actor, or was an actor's already when it was first watched.
struct NameRegistered {
    std::string name;
    AnyRef ref;  // System::find has it typed
};

// The name that was told of last has been taken back, or its actor has ended.
struct NameFreed {
    std::string name;
};

}  // namespace greenroom
