#include <greenroom/actors/detail/carried_fields.hpp>

#include <greenroom/actors/detail/cell.hpp>
#include <memory>
#include <new>
#include <utility>

#include "extras.hpp"

namespace greenroom::detail {

namespace {

struct CarriedFields final : Descriptor {
    explicit CarriedFields(const Descriptor& kind);

    const Descriptor& usual;
    Fields fields = current_fields();
};

// Requires that it carries_fields. It is one message's, and was not made constant.
CarriedFields& carried(const Descriptor& its_own) noexcept {
    return static_cast<CarriedFields&>(const_cast<Descriptor&>(its_own));
}

void destroy(CarriedFields& carried) noexcept {
    std::destroy_at(&carried);
    release_block(&carried, sizeof(CarriedFields));
}

// From here on it is a message like others.
Fields take_off(Message& message) noexcept {
    CarriedFields& mine = carried(*message.descriptor);
    Fields fields = std::move(mine.fields);
    message.descriptor = &mine.usual;
    destroy(mine);
    return fields;
}

void dispatch_carrier(Cell& receiver, Message& message) {
    const Fields fields = take_off(message);
    handle_with(fields, receiver, [&] { message.descriptor->dispatch(receiver, message); });
}

void discard_carrier(Message& message, Discard why) noexcept {
    const Fields fields = take_off(message);
    const FieldsInUse mine{fields.set()};
    message.descriptor->discard(message, why);
}

void destroy_carrier(Message& message) noexcept {
    (void)take_off(message);
    message.descriptor->destroy(message);
}

bool fail_asking_carrier(Message& message) noexcept {
    (void)take_off(message);
    return message.descriptor->fail_ask(message);
}

CarriedFields::CarriedFields(const Descriptor& kind) : Descriptor{kind}, usual{kind} {
    dispatch = &dispatch_carrier;
    discard = &discard_carrier;
    Descriptor::destroy = &destroy_carrier;
    if (fail_ask != nullptr) fail_ask = &fail_asking_carrier;
    carries_fields = true;
}

const Descriptor& carrying(const Descriptor& kind) {
    if (fields_in_use() == nullptr) return kind;
    return *::new (allocate_block(sizeof(CarriedFields))) CarriedFields{kind};
}

}  // namespace

MessagePlace unusual_message_place(std::size_t bytes, std::size_t alignment,
                                   const Descriptor& kind) {
    MessagePlace place{nullptr, &carrying(kind)};
    try {
        place.memory = allocate_block(bytes, alignment);
        return place;
    } catch (...) {
        if (place.kind->carries_fields) destroy(carried(*place.kind));
        throw;
    }
}

void give_back(const MessagePlace& place, std::size_t bytes, std::size_t alignment) noexcept {
    if (place.kind->carries_fields) destroy(carried(*place.kind));
    release_block(place.memory, bytes, alignment);
}

const Descriptor& kind_of(const Message& message) noexcept {
    return message.descriptor->carries_fields ? carried(*message.descriptor).usual
                                              : *message.descriptor;
}

const FieldSet* fields_of(const Message& message) noexcept {
    return message.descriptor->carries_fields ? carried(*message.descriptor).fields.set() : nullptr;
}

void CellFields::keep_of_spawn(Cell& cell) {
    if (fields_in_use() != nullptr) cell.extras().fields = current_fields();
}

const Fields& CellFields::of_spawn(const Cell& cell) noexcept {
    static const Fields none;
    const Extras* const extras = cell.existing_extras();
    return extras == nullptr ? none : extras->fields;
}

void CellFields::note(Cell& cell, const Fields& fields) noexcept {
    try {
        Extras& extras = cell.extras();
        extras.failed_by = std::current_exception();
        extras.failed_with = fields;
    } catch (const std::bad_alloc&) {  // then the report has none
    }
}

Fields CellFields::of_failure(Cell& cell, const std::exception_ptr& why) noexcept {
    Extras* const extras = cell.existing_extras();
    if (extras == nullptr || why == nullptr || extras->failed_by != why) return {};
    extras->failed_by = nullptr;
    return std::exchange(extras->failed_with, {});
}

}  // namespace greenroom::detail
