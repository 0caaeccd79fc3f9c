// Faults: what a test has go wrong with the messages of actors, by rules that hold while it lives.
//
//     greenroom::Faults faults{store};  // {system}: of all its actors; {system, "store"}: by name
//     const auto full = faults.fail<Save>(std::runtime_error{"the disk is full"}, {.nth = 2});
//     const auto slow = faults.delay<Load>(3s, {.count = Strikes::all});
//     store.tell(Save{"a"});
//     store.tell(Save{"b"});  // is not handled: the store fails as if its handler had thrown
//     full.wait_struck();
//
// A rule counts the messages of one type that its actors take out of their mailboxes, and strikes
// those that Strikes says; the next one, unless told. It counts what was told (a Shared<M> is an
// M), asked, requested and forwarded, at once or later, by whatever reference, urgent or not: not
// what the library sends by itself, as Downs and an actor's own timers are.
//
// fail       The handler is not called. The actor fails by the exception, and all who would learn
//            of such a failure do: supervisor, watchers, asker.
// drop       It is never handled. Who asked waits on; for who still does when the Faults ends, it
//            is HandlerFailed.
// delay      It comes so much later, behind what came meanwhile, past the bound of the mailbox.
// duplicate  Another comes behind what is queued. Of what was told, and can be copied.
//
// Threads   A Faults is used by one thread at a time, a Fault by any.
// Ordering  Of several rules the one that was made first is asked first; one that strikes a message
//           keeps it from the others, which do not count it. What has come late, or twice, no rule
//           strikes again. A message that is stashed counts again when it comes back, and one that
//           is forwarded at each actor that it comes to.
// Lifetime  The rules end with the Faults; what they have delayed still comes. It keeps no actor
//           alive, and may outlive the system.
// Cost      None to who has no rules: they are asked for by a bit beside that for urgent messages.
//           An actor that ever was under one looks whether there are any at each message.
// Limits    rules_max rules in a system: one more throws Error(limit_reached). lost_max asks that a
//           rule has dropped: the asker of one more gets HandlerFailed at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <greenroom/actors/any_ref.hpp>
#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/actors/detail/fault_rule.hpp>
#include <greenroom/actors/detail/handler.hpp>
#include <greenroom/actors/not_as_expected.hpp>
#include <greenroom/core/time.hpp>
#include <greenroom/core/where.hpp>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace greenroom {

class System;

// A rule, for who asks whether it struck. It may outlive the Faults.
class Fault {
public:
    // How many messages came that it counts, and how many of those it struck.
    std::uint64_t seen() const noexcept { return rule_->seen.value(); }
    std::uint64_t struck() const noexcept { return rule_->struck.value(); }
    // Until it has struck so often; throws NotAsExpected if that is not so within that time. A
    // suspension point.
    void wait_struck(std::uint64_t count = 1, Duration within = std::chrono::seconds{5},
                     Where where = Where::here()) const;

private:
    friend class Faults;
    explicit Fault(std::shared_ptr<const detail::FaultRule> rule) : rule_{std::move(rule)} {}

    std::shared_ptr<const detail::FaultRule> rule_;
};

class Faults {
public:
    static constexpr std::size_t rules_max = 1'000;
    static constexpr std::size_t lost_max = 10'000;

    // Of all actors of a system, those included that are spawned later.
    explicit Faults(System& system);
    // Of one, also when it was made anew.
    explicit Faults(const AnyRef& actor);
    // Of the one that has this name now; throws Error(not_found).
    Faults(System& system, std::string_view name);
    ~Faults();
    Faults(const Faults&) = delete;
    Faults& operator=(const Faults&) = delete;

    // Throw Error(limit_reached), and std::invalid_argument if `which` has an nth of 0.
    template <class M, class E>
    Fault fail(E failure, Strikes which = {}) {
        static_assert(!std::is_same_v<E, std::exception_ptr>, "give the exception itself");
        auto rule = rule_of<M>(detail::FaultKind::fail, which);
        rule->failure = [thrown = std::move(failure)] { throw E(thrown); };
        return add(std::move(rule));
    }
    template <class M>
    Fault drop(Strikes which = {}) {
        return add(rule_of<M>(detail::FaultKind::drop, which));
    }
    template <class M>
    Fault delay(Duration by, Strikes which = {}) {
        auto rule = rule_of<M>(detail::FaultKind::delay, which);
        rule->by = by;
        return add(std::move(rule));
    }
    template <class M>
    Fault duplicate(Strikes which = {}) {
        static_assert(std::is_copy_constructible_v<M>);
        auto rule = rule_of<M>(detail::FaultKind::duplicate, which);
        rule->copy = &detail::copy_told<M>;
        return add(std::move(rule));
    }

private:
    template <class M>
    static std::shared_ptr<detail::FaultRule> rule_of(detail::FaultKind kind, Strikes which) {
        static_assert(!detail::PayloadOfMessage<M>::is_shared, "a Shared<M> counts as an M");
        auto rule = std::make_shared<detail::FaultRule>();
        rule->kind = kind;
        rule->key = &detail::message_key<M>;
        rule->message_name = detail::type_name<M>();
        rule->strikes = which;
        return rule;
    }
    Fault add(std::shared_ptr<detail::FaultRule> rule);

    detail::SystemCore* const system_;  // with a reference
    const detail::CellHold whom_;       // nobody: all of them
    std::vector<std::shared_ptr<detail::FaultRule>> rules_;
};

}  // namespace greenroom
