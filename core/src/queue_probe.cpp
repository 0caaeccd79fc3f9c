#include "queue_probe.hpp"

#include <greenroom/core/assert.hpp>

#include "this_thread.hpp"
#include "worker.hpp"

namespace greenroom::detail {

void QueueProbe::arrives(Runnable& self) noexcept {
    QueueProbe& probe = static_cast<QueueProbe&>(self);
    Worker* const worker = this_thread().worker;
    GREENROOM_ASSERT(worker != nullptr);
    worker->note_queued(probe.queued_at_);
    probe.queued_.store(false, std::memory_order_release);  // release: pairs with begin()
}

}  // namespace greenroom::detail
