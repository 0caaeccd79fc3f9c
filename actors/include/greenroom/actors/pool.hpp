// Pool: a router whose routees are children of its own, as many as there is work for.
//
//     using Work = greenroom::Protocol<void(Job), int(Query)>;
//     greenroom::Ref<Work> pool = system.spawn<greenroom::Pool<Work>>(
//         [&store] { return Worker{store}; }, greenroom::PoolOptions{.children_max = 8});
//     pool.tell(Job{...});
//
// The function makes a child where it will live: it returns a new actor, which is never moved. It
// is called by the pool, whenever that needs one more. What is said of a router's messages in
// router.hpp holds for a pool's.
//
// It grows by one child when a message comes and the mailbox of each child holds more than
// `grow_above`. It shrinks where, at a look each `look_every`, most children are idle: half of the
// idle ones then end. It looks only while it has more than `children_min`, so a system that has
// nothing to do does nothing. Nothing is lost by that, of children that do all their work in their
// handlers: of a Reply or a message that one keeps for later the pool does not know, and it looks
// idle. Who has a Ref to a child, from a message of its, may find that it has ended.
//
// Ordering  Nothing is promised about messages that different children handle.
// Lifetime  The children end with the pool, before it.
// Limits    `children_max`, and each child's mailbox. When all of them are full the pool waits, so
//           what is sent to it meanwhile stands in its own mailbox, which spawn_with may bound.
// Failure   A child that ends and was not told to by the pool is replaced, at once up to
//           `children_min`; what its mailbox held are dead letters, and asks throw ActorStopped.
//           When more than `failures_max` of them end so within `failures_within`, the pool fails:
//           whoever watches it hears why. A child that cannot be made counts as one of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <greenroom/actors/actor_options.hpp>
#include <greenroom/actors/detail/failure_window.hpp>
#include <greenroom/actors/detail/maker.hpp>
#include <greenroom/actors/detail/routing_actor.hpp>
#include <greenroom/actors/detail/spawn.hpp>
#include <greenroom/actors/exit.hpp>
#include <greenroom/actors/get_stats.hpp>
#include <greenroom/actors/pool_options.hpp>
#include <greenroom/actors/protocol.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/cancellation.hpp>
#include <greenroom/core/detail/scheduling.hpp>
#include <greenroom/core/error.hpp>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace greenroom {

namespace detail {

// From a pool to itself: it is time to look for idle children.
struct LookForIdle {};

std::string too_many_failures(const PoolOptions& options, const std::string& last);

}  // namespace detail

template <class P>
class Pool;

template <class... Signatures>
class Pool<Protocol<Signatures...>> final
    : public detail::RoutingActor<Pool<Protocol<Signatures...>>, Protocol<Signatures...>> {
    using P = Protocol<Signatures...>;
    using Base = detail::RoutingActor<Pool, P>;
    using Child = typename Base::Member;

public:
    // `make()` returns an actor that handles the protocol. Throws std::invalid_argument.
    template <class F>
    explicit Pool(F make, PoolOptions options = {})
        : Base{options.routing},
          options_{options},
          make_child_{maker(std::move(make))},
          failures_{options.failures_max, options.failures_within} {
        detail::require_valid(options);
    }

    using Base::on;

    void on(const Down& down) {
        if (!forget(down.actor)) return;
        note_failure(down.name + " " + to_string(down.reason));
        while (this->routees_.size() < options_.children_min) {
            if (try_to_make_one() == Made::never) return;
        }
    }

    void on(detail::LookForIdle) {
        is_looking_ = false;
        may_grow_ = true;
        end_idle_ones();
        look_later();
    }

    PoolStats on(GetStats) const {
        return {this->routees_.size(), this->routed_, this->dropped_, grown_, shrunk_, lost_};
    }

protected:
    void on_start() override {
        while (this->routees_.size() < options_.children_min) make_one();
    }

private:
    friend Base;

    enum class Made { yes, no, never };  // never: the pool is stopping

    template <class F>
    static auto maker(F make) {
        using A = std::invoke_result_t<F&>;
        if constexpr (!std::is_convertible_v<A*, Actor*>) {
            (void)sizeof(detail::function_does_not_make_an_actor<A>);
            return nullptr;
        } else {
            // Shared, since what is in a std::function is copied.
            auto shared = std::make_shared<detail::MakerOf<F>>(std::move(make));
            return [shared](detail::Cell& pool, const ActorOptions& options) -> Ref<P> {
                return detail::spawn_made(pool.system(), &pool, options, *shared);
            };
        }
    }

    // ---- For the base.

    void prepare() {
        if (may_grow_ && this->routees_.size() < options_.children_max && all_are_behind()) grow();
    }

    // Its Down is still to come.
    void meet_ended(Child& child) {
        ended_.push_back(child.ref.id());
        this->routees_.remove(child);
    }

    Child* find_one() {
        grow();
        return this->routees_.size() == 0 ? nullptr : &this->routees_[0];
    }

    // ---- Growing

    bool all_are_behind() noexcept {
        const std::size_t count = this->routees_.size();
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t index = (keeps_up_ + i) % count;
            if (this->routees_[index].ref.queued() > options_.grow_above) continue;
            keeps_up_ = index;  // probably the next time as well
            return false;
        }
        return true;
    }

    void grow() {
        if (try_to_make_one() == Made::yes) {
            ++grown_;
        } else {
            may_grow_ = false;  // until the next look
        }
        look_later();
    }

    void make_one() { this->add(make_child_(*this->self(this).cell(), options_.child)); }

    Made try_to_make_one() {
        try {
            make_one();
            return Made::yes;
        } catch (const Cancelled&) {
            throw;
        } catch (...) {
            if (this->self(this).cell()->is_ending()) return Made::never;
            note_failure(detail::current_failure());
            return Made::no;
        }
    }

    // ---- Shrinking

    void look_later() {
        if (is_looking_ || (may_grow_ && this->routees_.size() <= options_.children_min)) return;
        is_looking_ = true;
        timer_ = this->start_timer(this, options_.look_every, detail::LookForIdle{});
    }

    void end_idle_ones() {
        std::vector<Child*> idle;
        const std::size_t count = this->routees_.size();
        for (std::size_t i = count; i-- > 0;) {
            if (this->routees_[i].ref.cell()->is_idle()) idle.push_back(&this->routees_[i]);
        }
        if (idle.size() * 2 <= count) return;
        const std::size_t half = (idle.size() + 1) / 2;
        const std::size_t spare = count - std::min(count, options_.children_min);
        idle.resize(std::min(half, spare));
        for (Child* const each : idle) {
            const Ref<P> child = each->ref;
            this->remove(*each);
            child.stop_when_drained();
            ++shrunk_;
        }
    }

    // ---- Failures

    // False: it is none of the children, or was told to end.
    bool forget(ActorId id) {
        if (Child* const child = this->routees_.find_ended(id)) {
            this->routees_.remove(*child);
            return true;
        }
        return std::erase(ended_, id) > 0;
    }

    // Fails if that is one too many.
    void note_failure(const std::string& what) {
        ++lost_;
        if (failures_.add(detail::coarse_now(*detail::current_core()))) return;
        throw Error{Errc::limit_reached, detail::too_many_failures(options_, what)};
    }

    const PoolOptions options_;
    const std::function<Ref<P>(detail::Cell& pool, const ActorOptions& options)> make_child_;
    detail::FailureWindow failures_;
    std::vector<ActorId> ended_;  // were met before their Down came
    ActorTimer timer_;
    bool is_looking_ = false;   // the timer is to come
    bool may_grow_ = true;      // false: the last one could not be made
    std::size_t keeps_up_ = 0;  // the child that was last found not to be behind
    std::uint64_t grown_ = 0;
    std::uint64_t shrunk_ = 0;
    std::uint64_t lost_ = 0;
};

}  // namespace greenroom
