#include "queue_probe.hpp"

#include "worker.hpp"

namespace greenroom::detail {

void QueueProbe::arrives(Runnable& self, Worker& here) noexcept {
    QueueProbe& probe = static_cast<QueueProbe&>(self);
    here.note_queued(probe.queued_at_);
    probe.queued_.store(false, std::memory_order_release);  // release: pairs with begin()
}

}  // namespace greenroom::detail
