// OwnWatch: a watch that the watcher ends itself, at once however many it has (Actor::unwatch looks
// through all of them).
//
// Threads   The watcher's handlers.
// Lifetime  The message is known by its address until the watcher has handled the Down, or its
//           mailbox is closed: from then on it may have been freed. What a watcher that has ended
//           still waits for, its cell takes back.
#pragma once

#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/down_message.hpp>
#include <greenroom/actors/detail/tell_message.hpp>

namespace greenroom::detail {

class OwnWatch {
public:
    OwnWatch() noexcept = default;
    // Has `me` told of the end of `watched`, like Actor::watch. Throws std::bad_alloc.
    template <class Me>
    OwnWatch(const Ref<Me>& me, const AnyRef& watched)
        : news_{&make_pooled<TypedDownMessage<Me, Down>>(*me.cell(), *watched.cell())} {
        watched.cell()->watch(*news_);
    }

    // No Down comes of it, but for one that is on its way already. Not after that was handled.
    void end(const AnyRef& me) noexcept {
        if (me.has_ended() || !news_->watched->unwatch(*news_)) return;
        if (news_->watcher->leave_watch(*news_)) news_->descriptor->destroy(*news_);
    }

private:
    DownMessage* news_ = nullptr;
};

}  // namespace greenroom::detail
