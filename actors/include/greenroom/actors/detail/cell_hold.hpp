// CellHold: keeps a cell's memory, and does not keep the actor: see Cell::hold.
#pragma once

#include <greenroom/actors/detail/cell.hpp>
#include <utility>

namespace greenroom::detail {

class CellHold {
public:
    CellHold() noexcept = default;
    explicit CellHold(Cell* cell) noexcept : cell_{cell} {
        if (cell_ != nullptr) cell_->hold();
    }
    CellHold(const CellHold& other) noexcept : CellHold{other.cell_} {}
    CellHold(CellHold&& other) noexcept : cell_{std::exchange(other.cell_, nullptr)} {}
    CellHold& operator=(CellHold other) noexcept {
        std::swap(cell_, other.cell_);
        return *this;
    }
    ~CellHold() {
        if (cell_ != nullptr) cell_->release();
    }

    Cell* cell() const noexcept { return cell_; }

private:
    Cell* cell_ = nullptr;
};

}  // namespace greenroom::detail
