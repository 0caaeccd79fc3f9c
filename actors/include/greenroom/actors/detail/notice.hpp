// Notices: messages of the library itself to an actor. Like Down they pass the bound of its
// mailbox, so whoever sends them sees to it that they are few.
#pragma once

#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>
#include <utility>

namespace greenroom::detail {

template <class A, class M>
inline constexpr Descriptor notice_descriptor{&TellMessage<M>::template dispatch<A>,
                                              &discard_by_destroying,
                                              &destroy_message<TellMessage<M>>,
                                              type_name<M>(),
                                              false,
                                              nullptr,
                                              &message_key<M>};

// To an actor of class A. If it has ended, nothing happens. Throws std::bad_alloc.
template <class A, class M>
void post_notice(Cell& receiver, M message) {
    auto& node = make_message<TellMessage<M>>(notice_descriptor<A, M>, std::move(message));
    if (!receiver.post(node)) node.descriptor->destroy(node);
}

}  // namespace greenroom::detail
