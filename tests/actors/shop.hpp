// Shop: what the children of a pool work for; for tests.
#pragma once

#include <atomic>
#include <greenroom/actors/pool.hpp>
#include <greenroom/core/semaphore.hpp>
#include <stdexcept>

#include "cast.hpp"
#include "support/on_systems.hpp"
#include "team.hpp"

namespace greenroom::cast {

// What the children of a pool share. Outlives the system.
struct Shop {
    Semaphore gate{0};  // each job takes one permit
    std::atomic<int> begun{0};
    std::atomic<int> handled{0};
    std::atomic<int> made{0};
    std::atomic<int> alive{0};
    std::atomic<int> alive_max{0};
    std::atomic<int> refuse{0};  // so many more are not made
};

struct Job {};
struct Breather {};
using Work = Protocol<void(Job), void(Breather), int(Who), int(Fail), void(Stop)>;

class Hand : public Actor {
public:
    explicit Hand(Shop& shop) : shop_{shop} {
        if (shop_.refuse.fetch_sub(1) > 0) throw std::runtime_error("no hands to be had");
        me_ = shop_.made.fetch_add(1);
        const int alive = shop_.alive.fetch_add(1) + 1;
        int most = shop_.alive_max.load();
        while (alive > most && !shop_.alive_max.compare_exchange_weak(most, alive)) {
        }
    }
    ~Hand() override { shop_.alive.fetch_sub(1); }

    void on(Job) {
        shop_.begun.fetch_add(1);
        shop_.gate.acquire();
        shop_.handled.fetch_add(1);
    }
    void on(Breather) {
        if (me_ % 2 == 0) yield();
        shop_.handled.fetch_add(1);
    }
    int on(Who) { return me_; }
    int on(Fail) { throw std::runtime_error("no luck"); }
    void on(Stop) { stop(); }

private:
    Shop& shop_;
    int me_ = 0;
};

inline Ref<Pool<Work>> pool_of(support::SystemStage& stage, Shop& shop,
                               const PoolOptions& options) {
    return stage.system.spawn<Pool<Work>>([&shop] { return Hand{shop}; }, options);
}

// The actors use the shop to their end.
inline void end_all(support::SystemStage& stage, Shop& shop) {
    shop.gate.release(1'000'000'000);  // more than any test has told in the meantime
    (void)stage.system.stop(StopPolicy::drain, Deadline::after(std::chrono::seconds{10}));
}

inline void until_children(const Ref<Pool<Work>>& pool, std::size_t count) {
    support::until([&] { return pool.ask(GetStats{}).children == count; });
}

}  // namespace greenroom::cast
