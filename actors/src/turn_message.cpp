#include "turn_message.hpp"

#include <greenroom/actors/detail/carried_fields.hpp>
#include <greenroom/core/cancellation.hpp>
#include <utility>

namespace greenroom::detail {

constinit const Descriptor TurnMessage::descriptor_of{&TurnMessage::dispatch, &TurnMessage::discard,
                                                      &TurnMessage::destroy, "continuation", false};

void TurnMessage::post(std::unique_ptr<TurnCall> call) noexcept {
    call_ = std::move(call);
    if (!actor_.cell()->post(*this)) destroy(*this);
}

void TurnMessage::dispatch(Cell& receiver, Message& message) {
    const std::unique_ptr<TurnMessage> mine{&static_cast<TurnMessage&>(message)};
    if (mine->incarnation_ != receiver.incarnation()) return;
    handle_with(mine->fields_, receiver, [&] { mine->call_->run(); });
}

void TurnMessage::discard(Message& message, Discard) noexcept { destroy(message); }

void TurnMessage::destroy(Message& message) noexcept {
    const CancellationMask mask;  // what the call has captured may wait in its destructor
    delete &static_cast<TurnMessage&>(message);
}

}  // namespace greenroom::detail
