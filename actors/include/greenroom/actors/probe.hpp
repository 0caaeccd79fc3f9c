// Probe: an actor that a test plays itself: what it is told and asked waits until the test expects
// it.
//
//     greenroom::Probe<Protocol<void(Placed), bool(MayShip)>> warehouse{system};
//     auto shop = system.spawn<Shop>(warehouse.ref());
//     shop.tell(Order{3});
//     EXPECT_EQ(warehouse.expect<Placed>().number, 3);
//     auto [question, reply] = warehouse.expect_ask<MayShip>();
//     reply.set(false);
//     warehouse.expect_none(10ms);
//
// Messages come in the order in which the probe got them: one that was not expected first is an
// error, unless skip_to() passes over it. Times are those of the runtime: under a
// SimulatedMachine expect_none() costs no time at all.
//
// Threads   The test's: one plain thread or fiber at a time, of whatever runtime.
// Lifetime  The probe's actor ends with the probe, or with the system. A Reply that was not taken
//           is dropped then.
// Limits    kept_max messages that were not expected yet; one more fails its actor.
// Failure   ProbeFailed, which tells what was expected where, and what came.
#pragma once

#include <chrono>
#include <cstddef>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/protocol_table.hpp>
#include <greenroom/actors/not_as_expected.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/reply.hpp>
#include <greenroom/actors/system.hpp>
#include <greenroom/core/channel.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace greenroom {

class ProbeFailed : public NotAsExpected {
public:
    using NotAsExpected::NotAsExpected;
};

// A message as a probe got it. To who only told it the reply is one to nobody.
template <class M, class R>
struct Received {
    M message;
    Reply<R> reply;
};

namespace detail {

template <class Signature>
using ReceivedOf = Received<MessageOf<Signature>, typename SignatureParts<Signature>::Answer>;

template <class Owner, class Signature>
class ProbeHandler {
public:
    void on(MessageOf<Signature>&& message,
            Reply<typename SignatureParts<Signature>::Answer> reply) {
        static_cast<Owner&>(*this).keep(
            ReceivedOf<Signature>{std::move(message), std::move(reply)});
    }
};

template <class... Signatures>
class ProbeActor final : public Actor,
                         public ProbeHandler<ProbeActor<Signatures...>, Signatures>... {
public:
    using Item = std::variant<ReceivedOf<Signatures>...>;

    explicit ProbeActor(std::shared_ptr<Channel<Item>> items) : items_{std::move(items)} {}

    using ProbeHandler<ProbeActor, Signatures>::on...;

    void keep(Item item) {
        if (items_->try_send(std::move(item))) return;
        throw std::runtime_error{"a probe holds " + std::to_string(items_->capacity()) +
                                 " messages that nobody expects"};
    }

private:
    const std::shared_ptr<Channel<Item>> items_;
};

}  // namespace detail

template <class P>
class Probe;

template <class... Signatures>
class Probe<Protocol<Signatures...>> {
    using TheActor = detail::ProbeActor<Signatures...>;
    using Item = typename TheActor::Item;
    template <class M>
    static constexpr std::size_t index = detail::message_index<M, Signatures...>;
    template <class M>
    using Got = std::variant_alternative_t<index<M>, Item>;

public:
    static constexpr std::size_t kept_max = 100'000;

    explicit Probe(System& system)
        : items_{std::make_shared<Channel<Item>>(kept_max)},
          actor_{system.spawn<TheActor>(items_)} {}
    ~Probe() { actor_.stop(); }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    // Who it is for those that it tests.
    Ref<Protocol<Signatures...>> ref() const { return actor_; }

    // The next message, which is an M and comes within that time; else throws ProbeFailed.
    template <class M>
    M expect(Duration within = default_patience, Where where = Where::here()) {
        return expect_ask<M>(within, where).message;
    }
    // The same with the Reply that its asker waits for.
    template <class M>
    Got<M> expect_ask(Duration within = default_patience, Where where = Where::here()) {
        Item item = next(within, detail::type_name<M>(), where);
        if (Got<M>* const got = std::get_if<index<M>>(&item)) return std::move(*got);
        throw ProbeFailed{"expected " + std::string{detail::type_name<M>()} + " " +
                          detail::at(where) + ", and " + name_of(item) + " came"};
    }
    // The next M, within that time; what comes before it is dropped.
    template <class M>
    M skip_to(Duration within = default_patience, Where where = Where::here()) {
        const Deadline deadline = Deadline::after(within);
        for (;;) {
            Item item = next_before(deadline, within, detail::type_name<M>(), where);
            if (Got<M>* const got = std::get_if<index<M>>(&item)) return std::move(got->message);
        }
    }
    // Throws ProbeFailed if a message is there, or comes within that time.
    void expect_none(Duration during, Where where = Where::here()) {
        const std::optional<Item> item = items_->receive_before(Deadline::after(during), where);
        if (!item) return;
        throw ProbeFailed{"expected nothing " + detail::at(where) + ", and " + name_of(*item) +
                          " came"};
    }

private:
    static constexpr Duration default_patience = std::chrono::seconds{5};

    Item next(Duration within, std::string_view wanted, Where where) {
        return next_before(Deadline::after(within), within, wanted, where);
    }
    Item next_before(Deadline deadline, Duration within, std::string_view wanted, Where where) {
        std::optional<Item> item = items_->receive_before(deadline, where);
        if (item) return std::move(*item);
        const auto time = std::chrono::duration_cast<std::chrono::milliseconds>(within).count();
        throw ProbeFailed{"expected " + std::string{wanted} + " " + detail::at(where) +
                          ", and nothing came within " + std::to_string(time) + " ms"};
    }
    static std::string name_of(const Item& item) {
        constexpr std::string_view names[] = {
            detail::type_name<detail::MessageOf<Signatures>>()...};
        return std::string{names[item.index()]};
    }

    const std::shared_ptr<Channel<Item>> items_;
    const Ref<TheActor> actor_;
};

}  // namespace greenroom
