// Where the members of a cell lie: what its turn touches for each message, and what its senders do,
// never on one cache line. Else the two take the line from one another for each message, where they
// run on different processors.
//
//   Runnable, Activity        signals_: read for each message
//   taken_ .. incarnation_    written for each message, by the turn
//   type_ .. bounded_         a space between: hardly ever written
//   mailbox_, counts_         written for each message, by senders; by the turn for each batch
//   poke_ .. family_          a space between
//   the object                whatever its handlers write
//
// A cell begins at any multiple of 16: whole lines of its own would make each a sixth larger.
#include <cstddef>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/core/detail/block_pool.hpp>

namespace greenroom::detail {

namespace {

constexpr std::size_t line = 64;

// Of two members: where one ends, and the other begins.
constexpr bool are_on_lines_of_their_own(std::size_t end, std::size_t begin) {
    return begin / block_alignment >= (end - 1) / block_alignment + line / block_alignment;
}

}  // namespace

// Of a class that has bases, offsets are the compiler's to give: both that we build with do.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
struct CellLayout {
    static constexpr std::size_t turn_ends =
        offsetof(Cell, incarnation_) + sizeof(Cell::incarnation_);
    static constexpr std::size_t senders_begin = offsetof(Cell, mailbox_);
    static constexpr std::size_t senders_end = offsetof(Cell, counts_) + sizeof(CellCounts);
    static constexpr std::size_t handlers_begin = sizeof(Cell) + sizeof(Actor);
    static_assert(offsetof(Cell, taken_) < turn_ends && offsetof(Cell, actor_) < turn_ends);
    static_assert(offsetof(Cell, is_receiving_) < turn_ends);
};
#pragma GCC diagnostic pop

static_assert(are_on_lines_of_their_own(CellLayout::turn_ends, CellLayout::senders_begin));
static_assert(are_on_lines_of_their_own(CellLayout::senders_end, CellLayout::handlers_begin));

}  // namespace greenroom::detail
