#include <greenroom/core/cancellation.hpp>

#include <greenroom/core/detail/task_state.hpp>
#include <greenroom/core/detail/wait_record.hpp>
#include <greenroom/core/error.hpp>

#include "runtime_core.hpp"
#include "this_thread.hpp"

namespace greenroom {

CancellationMask::CancellationMask() noexcept : CancellationMask{detail::current_scopes()} {}

CancellationMask::CancellationMask(detail::ScopeChain& scopes) noexcept
    : depth_{&scopes.mask_depth} {
    ++*depth_;
}

CancellationMask::~CancellationMask() { --*depth_; }

namespace {

detail::TaskState* current_task() noexcept {
    const detail::Worker* const worker = detail::this_thread().worker;
    if (worker == nullptr || worker->current().activity == nullptr) return nullptr;
    return worker->current().activity->as_task();
}

}  // namespace

unsigned cancel_requests() noexcept {
    const detail::TaskState* const task = current_task();
    return task == nullptr ? 0 : task->cancel_requests();
}

unsigned uncancel() noexcept {
    detail::TaskState* const task = current_task();
    return task == nullptr ? 0 : task->uncancel();
}

std::stop_token current_stop_token() {
    if (detail::current_core() == nullptr) return {};
    if (detail::TaskState* const task = current_task()) return task->stop_token();
    throw Error{Errc::wrong_thread, "current_stop_token: an actor's handler is no task"};
}

void check_cancellation() { detail::cancellation_point(); }

}  // namespace greenroom
