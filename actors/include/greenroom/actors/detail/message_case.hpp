// MessageCase: a function that Process::receive is given, without its type.
#pragma once

#include <array>
#include <cstddef>
#include <greenroom/actors/detail/function_parts.hpp>
#include <greenroom/actors/detail/message.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/core/deadline.hpp>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace greenroom {

template <class F>
struct After;

}  // namespace greenroom

namespace greenroom::detail {

// Where the answer goes: to a Reply<R>, whose R is told by the key; null: nobody waits for one.
struct ReplyPort {
    const void* answer_key = nullptr;
    std::string_view answer;
    void* reply = nullptr;
};

// Throws Error(operation_not_supported): the function answers with another type than the protocol.
[[noreturn]] void throw_wrong_answer(std::string_view message, std::string_view given,
                                     std::string_view asked);

struct MessageCase {
    const void* key;
    void (*call)(void* function, void* message, const ReplyPort& port);
    void* function;
};

template <class R>
Reply<R>& reply_for(std::string_view message, const ReplyPort& port) {
    if (port.answer_key != &message_key<R>) {
        throw_wrong_answer(message, type_name<R>(), port.answer);
    }
    return *static_cast<Reply<R>*>(port.reply);
}

// A function `F`, which may be const.
template <class F>
struct CaseOf {
    using Parts = FunctionParts<std::remove_const_t<F>>;
    using M = typename Parts::Message;
    using R = typename Parts::Found::Result;

    static void call(void* function, void* message, const ReplyPort& port) {
        F& take = *static_cast<F*>(function);
        M& mine = *static_cast<M*>(message);
        if (port.reply == nullptr) return tell(take, mine);
        if constexpr (Parts::Found::answers_later) {
            take(std::move(mine), std::move(reply_for<R>(type_name<M>(), port)));
        } else if constexpr (std::is_void_v<R>) {
            Reply<void>& reply = reply_for<void>(type_name<M>(), port);
            take(std::move(mine));
            reply.set();
        } else if (port.answer_key == &message_key<void>) {
            (void)take(std::move(mine));
            static_cast<Reply<void>*>(port.reply)->set();
        } else {
            Reply<std::decay_t<R>>& reply = reply_for<std::decay_t<R>>(type_name<M>(), port);
            reply.set(take(std::move(mine)));
        }
    }

private:
    static void tell(F& take, M& mine) {
        if constexpr (Parts::Found::answers_later) {
            take(std::move(mine), Reply<R>{});
        } else {
            (void)take(std::move(mine));
        }
    }
};

template <class Case>
inline constexpr bool is_after = false;
template <class F>
inline constexpr bool is_after<After<F>> = true;
template <class F>
inline constexpr bool is_after<const After<F>> = true;

// The cases of one receive. Refers to them.
template <class... Cases>
class CaseList {
    static constexpr std::size_t afters = (std::size_t{is_after<Cases>} + ... + 0);
    static constexpr std::size_t count = sizeof...(Cases) - afters;
    static_assert(afters <= 1, "one after() is enough");

public:
    explicit CaseList(Cases&... given) noexcept { (add(given), ...); }

    std::span<const void* const> keys() const noexcept { return keys_; }
    std::span<const MessageCase> cases() const noexcept { return cases_; }

    Deadline deadline() const {
        return call_after_ == nullptr ? Deadline::never() : Deadline::after(delay_);
    }
    void call_after() {
        if (call_after_ != nullptr) call_after_(after_);
    }

private:
    template <class F>
    void add(F& function) noexcept {
        if constexpr (is_after<F>) {
            delay_ = function.delay;
            after_ = const_cast<void*>(static_cast<const void*>(&function.function));
            call_after_ = [](void* after) {
                (*static_cast<decltype(&function.function)>(after))();
            };
        } else if constexpr (require_message_function<std::remove_const_t<F>>()) {
            keys_[filled_] = &message_key<typename CaseOf<F>::M>;
            cases_[filled_] = {keys_[filled_], &CaseOf<F>::call,
                               const_cast<void*>(static_cast<const void*>(&function))};
            ++filled_;
        }
    }

    std::array<const void*, count> keys_{};
    std::array<MessageCase, count> cases_{};
    std::size_t filled_ = 0;
    Duration delay_{};
    void* after_ = nullptr;
    void (*call_after_)(void* after) = nullptr;
};

}  // namespace greenroom::detail
