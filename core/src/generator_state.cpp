#include <greenroom/core/detail/generator_state.hpp>

#include <exception>
#include <greenroom/core/assert.hpp>
#include <greenroom/core/detail/fields_in_use.hpp>
#include <greenroom/core/error.hpp>
#include <greenroom/core/log.hpp>
#include <new>
#include <utility>

#include "this_thread.hpp"
#include "worker.hpp"

namespace greenroom::detail {

namespace {

// What yield() throws in a generator that nobody will resume. Derives from nothing, as Cancelled.
struct Abandoned {};

}  // namespace

// At the high end of the stack.
struct GeneratorState::Side {
    Side(Worker& its_home, Stack& its_stack, StackBounds below, GeneratorState& state) noexcept
        : home{its_home}, stack{its_stack}, context{below, &main, &state} {}

    Worker& home;
    Stack& stack;
    Context context;
    // While it runs: where the fiber goes on at a yield, and what it had open there.
    Context* resumer = nullptr;
    const CancelScope* scope = nullptr;
    const Group* group = nullptr;
    unsigned masks = 0;
    const FieldSet* fields = nullptr;
};

GeneratorState::~GeneratorState() { GREENROOM_ASSERT(side_ == nullptr); }

void GeneratorState::resume() {
    GREENROOM_ASSERT(!ended());
    if (phase_ == Phase::running) {
        throw Error{std::make_error_code(std::errc::operation_not_permitted),
                    "resume: the generator runs already"};
    }
    Worker* const here = this_thread().worker;
    if (here == nullptr) throw Error{Errc::wrong_thread, "resume: a generator runs in fibers only"};
    if (side_ == nullptr) make_side();
    if (&side_->home != here) {
        throw Error{Errc::wrong_thread, "resume: the generator began on another worker, and stays"};
    }
    enter();
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void GeneratorState::make_side() {
    Worker& home = *this_thread().worker;
    Stack& stack = *home.stacks().take(stack_class_);
    constexpr std::size_t room = (sizeof(Side) + 63) / 64 * 64;
    const StackBounds bounds = stack.bounds();
    side_ = ::new (bounds.top() - room)
        Side{home, stack, {bounds.low, bounds.usable_bytes - room}, *this};
}

void GeneratorState::destroy_side() noexcept {
    Side& side = *std::exchange(side_, nullptr);
    Worker& home = side.home;
    Stack& stack = side.stack;
    side.~Side();
    home.stacks().give_back(stack);
}

// Returns when it has paused or ended.
void GeneratorState::enter() {
    Side& side = *side_;
    Fiber& fiber = side.home.current();
    phase_ = Phase::running;
    side.resumer = &fiber.context();
    side.scope = fiber.scopes.innermost;
    side.group = fiber.groups;
    side.masks = fiber.scopes.mask_depth;
    side.fields = fields_in_use();
    fiber.runs_at(side.context);
    const int outside = std::uncaught_exceptions();  // a context has its own count
    fiber.uncaught_outside += outside;
    side.resumer->switch_to(side.context);
    fiber.uncaught_outside -= outside;
    side.home.stacks().check(side.stack);
    if (ended()) destroy_side();
}

void GeneratorState::leave() noexcept {
    Side& side = *side_;
    side.home.current().runs_at(*side.resumer);
    side.context.switch_to(*side.resumer);
}

void GeneratorState::yield() {
    GREENROOM_ASSERT(phase_ == Phase::running);
    // Once more for a function that has caught it and went on.
    if (abandoned_) throw Abandoned{};
    // The consumer goes on with the fiber's scopes, and would be in those of the generator.
    const Fiber& fiber = side_->home.current();
    if (fiber.scopes.innermost != side_->scope || fiber.groups != side_->group ||
        fiber.scopes.mask_depth != side_->masks || fields_in_use() != side_->fields) {
        throw Error{std::make_error_code(std::errc::operation_not_permitted),
                    "yield: inside of a scope, a mask or a group that the generator has opened"};
    }
    phase_ = Phase::paused;
    leave();
    if (abandoned_) throw Abandoned{};
}

void GeneratorState::main(void* state) {
    GeneratorState& self = *static_cast<GeneratorState*>(state);
    try {
        self.call();
    } catch (const Abandoned&) {
    } catch (...) {
        self.failure_ = std::current_exception();
    }
    self.phase_ = Phase::ended;
    self.leave();
    std::terminate();  // nobody comes back
}

void GeneratorState::abandon() noexcept {
    if (side_ == nullptr) return;
    GREENROOM_ASSERT(phase_ == Phase::paused);               // it cannot destroy itself
    GREENROOM_ASSERT(this_thread().worker == &side_->home);  // its destructors run on its worker
    abandoned_ = true;
    enter();
    GREENROOM_ASSERT(ended());
    if (failure_ != nullptr) log(LogLevel::error, "an abandoned generator threw while it unwound");
}

}  // namespace greenroom::detail
