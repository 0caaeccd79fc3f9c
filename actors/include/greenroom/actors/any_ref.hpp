// AnyRef: a reference to an actor, whoever it is: what all references have.
//
// It stops, compares, hashes, prints and is watched. What may be sent by it, its type does not
// know.
//
// Threads   A value like a shared_ptr: copies are independent, one object is not shared without a
//           lock. Every member may be called from any fiber or plain thread.
// Lifetime  Copying one counts; the actor's memory lives as long as a reference to it, the actor
//           until it stops. One may outlive the System.
#pragma once

#include <cstddef>
#include <functional>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/exit.hpp>
#include <iosfwd>
#include <string>
#include <utility>

namespace greenroom {

class AnyRef {
public:
    // Refers to no actor; only comparison, assignment and bool may be asked of it.
    AnyRef() noexcept = default;
    AnyRef(const AnyRef& other) noexcept : cell_{other.cell_} {
        if (cell_ != nullptr) cell_->add_reference();
    }
    AnyRef(AnyRef&& other) noexcept : cell_{std::exchange(other.cell_, nullptr)} {}
    AnyRef& operator=(AnyRef other) noexcept {
        std::swap(cell_, other.cell_);
        return *this;
    }
    ~AnyRef() {
        if (cell_ != nullptr) cell_->drop_reference();
    }

    explicit operator bool() const noexcept { return cell_ != nullptr; }

    // Asks it to end: it finishes the handler it is in, within the grace; queued messages become
    // dead letters, its children stop, on_stop runs. Returns at once.
    void stop() const noexcept { cell_->stop(); }
    // The same after what is queued now and until it is empty has been handled, within the grace.
    void stop_when_drained() const noexcept { cell_->stop_when_drained(); }
    // Ends it without grace: its handler is cancelled where it waits, or at its next wait.
    void kill() const noexcept { cell_->kill(); }

    // True once it takes no more messages.
    bool has_ended() const noexcept { return cell_->has_ended(); }
    // How many messages wait in its mailbox at this moment, without the one that is handled. Only a
    // bounded mailbox counts them: of another it is 0 while the actor is idle, else 1. So give a
    // bound to actors whose lengths matter.
    std::size_t queued() const noexcept { return cell_->queued(); }
    ActorId id() const noexcept { return cell_->id(); }
    const char* name() const noexcept { return cell_->name(); }

    // Whether both refer to the same actor, by whatever type.
    friend bool operator==(const AnyRef& left, const AnyRef& right) noexcept {
        return left.cell_ == right.cell_;
    }

    // For the library.
    detail::Cell* cell() const noexcept { return cell_; }

protected:
    // Takes over a reference that was counted already.
    explicit AnyRef(detail::Cell& cell) noexcept : cell_{&cell} {}

private:
    detail::Cell* cell_ = nullptr;
};

// "Account 12"; "nobody".
std::string to_string(const AnyRef& ref);
std::ostream& operator<<(std::ostream& out, const AnyRef& ref);

}  // namespace greenroom

template <>
struct std::hash<greenroom::AnyRef> {
    std::size_t operator()(const greenroom::AnyRef& ref) const noexcept {
        return std::hash<const void*>{}(ref.cell());
    }
};
