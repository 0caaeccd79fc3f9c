// RestartTimer: the backoff of a restart: a timer that lets a halted cell start.
#pragma once

#include <greenroom/actors/detail/cell_hold.hpp>
#include <greenroom/core/detail/shared_timer.hpp>
#include <greenroom/core/time.hpp>

namespace greenroom::detail {

class RestartTimer final : public SharedTimer {
public:
    // In a turn. False: there is no memory for it.
    static bool start(Cell& cell, Duration delay) noexcept;

private:
    explicit RestartTimer(Cell& cell) noexcept : cell_{&cell} {}
    ~RestartTimer() override = default;

    void begin(RuntimeCore& core) noexcept override;
    void destroy_function() noexcept override {}
    void destroy() noexcept override { delete this; }

    const CellHold cell_;
};

}  // namespace greenroom::detail
