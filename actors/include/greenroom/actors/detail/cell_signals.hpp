// CellSignals: what an actor may be told beside its messages: the bits of Activity::signal that
// core leaves to others.
#pragma once

#include <cstdint>
#include <greenroom/core/detail/activity.hpp>

namespace greenroom::detail {

struct CellSignals {
    static constexpr std::uint32_t first_bit = Activity::first_free_signal;

    static constexpr std::uint32_t stop_signal = first_bit;
    static constexpr std::uint32_t killed_signal = first_bit << 1;
    static constexpr std::uint32_t drain_signal = first_bit << 2;
    static constexpr std::uint32_t poke_queued = first_bit << 3;  // its poke is in the mailbox
    static constexpr std::uint32_t restart_signal = first_bit << 4;

    // What is looked at before each message, all in one look.
    static constexpr std::uint32_t urgent_signal = first_bit << 5;     // cell_urgent.cpp
    static constexpr std::uint32_t faults_signal = first_bit << 6;     // fault_book.hpp
    static constexpr std::uint32_t observers_signal = first_bit << 7;  // cell_inspect.cpp
    static constexpr std::uint32_t unusual_signals =
        urgent_signal | faults_signal | observers_signal;
};

}  // namespace greenroom::detail
