// A reference of a protocol is not made from that of a protocol that has less.
//
// Error  protocol_has_no_message<greenroom::Protocol<int ?\(bank::Load\)
// Error  bank::Move>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/protocol.hpp>

namespace bank {

struct Load {};
struct Save {};
struct Erase {};
struct Move {};

#ifdef RIGHT
using Store = greenroom::Protocol<int(Load), void(Save), void(Erase), bool(Move)>;
#else
using Store = greenroom::Protocol<int(Load), void(Save), void(Erase)>;
#endif

using Mover = greenroom::Protocol<bool(Move)>;

greenroom::Ref<Mover> mover_of(const greenroom::Ref<Store>& store) { return store; }

}  // namespace bank
