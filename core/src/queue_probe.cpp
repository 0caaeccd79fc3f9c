#include "queue_probe.hpp"

#include "worker.hpp"

namespace greenroom::detail {

void QueueProbe::run(Worker& here) noexcept {
    here.note_queued(queued_at_);
    queued_.store(false, std::memory_order_release);  // release: pairs with begin()
}

}  // namespace greenroom::detail
