#include "kept_messages.hpp"

#include <algorithm>
#include <utility>

namespace greenroom::detail {

void KeptMessages::add(Message& message) noexcept {
    message.next = nullptr;
    last_->next = &message;
    last_ = &message;
    size_.add(1);
}

Message* KeptMessages::take(std::span<const void* const> keys) noexcept {
    for (MailboxLink* before = &first_; before->next != nullptr; before = before->next) {
        auto& message = static_cast<Message&>(*before->next);
        if (std::ranges::find(keys, message.descriptor->key) == keys.end()) continue;
        before->next = message.next;
        if (last_ == &message) last_ = before;
        size_.subtract(1);
        return &message;
    }
    return nullptr;
}

MailboxLink* KeptMessages::put_before(MailboxLink* rest) noexcept {
    last_->next = rest;
    last_ = &first_;
    size_.subtract(size());
    return std::exchange(first_.next, nullptr);
}

}  // namespace greenroom::detail
