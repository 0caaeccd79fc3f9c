// Atomic of the model build: std::atomic with a possible switch of virtual threads before each
// operation. All orders are played as sequentially consistent: a wrong memory order is beyond it.
#pragma once

#include <atomic>
#include <cstddef>
#include <type_traits>

namespace greenroom::detail {

// Lets the simulated machine switch to another virtual thread. No effect outside of one.
void model_point() noexcept;

template <class T>
class Atomic {
    using Step = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;  // of fetch_add

public:
    constexpr Atomic() noexcept = default;
    constexpr Atomic(T value) noexcept : value_{value} {}  // NOLINT: as std::atomic
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(std::memory_order) const noexcept {
        model_point();
        return value_.load(std::memory_order_seq_cst);
    }
    void store(T value, std::memory_order) noexcept {
        model_point();
        value_.store(value, std::memory_order_seq_cst);
    }
    T exchange(T value, std::memory_order) noexcept {
        model_point();
        return value_.exchange(value, std::memory_order_seq_cst);
    }
    bool compare_exchange_strong(T& expected, T desired, std::memory_order,
                                 std::memory_order = std::memory_order_seq_cst) noexcept {
        model_point();
        return value_.compare_exchange_strong(expected, desired, std::memory_order_seq_cst);
    }
    bool compare_exchange_weak(T& expected, T desired, std::memory_order order,
                               std::memory_order = std::memory_order_seq_cst) noexcept {
        return compare_exchange_strong(expected, desired, order);
    }
    T fetch_add(Step value, std::memory_order) noexcept {
        model_point();
        return value_.fetch_add(value, std::memory_order_seq_cst);
    }
    T fetch_sub(Step value, std::memory_order) noexcept {
        model_point();
        return value_.fetch_sub(value, std::memory_order_seq_cst);
    }
    T fetch_or(T value, std::memory_order) noexcept {
        model_point();
        return value_.fetch_or(value, std::memory_order_seq_cst);
    }
    T fetch_and(T value, std::memory_order) noexcept {
        model_point();
        return value_.fetch_and(value, std::memory_order_seq_cst);
    }

private:
    std::atomic<T> value_{};
};

}  // namespace greenroom::detail
