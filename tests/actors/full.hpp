// Full: an actor whose bounded mailbox is full, for tests.
#pragma once

#include <greenroom/actors/errors.hpp>
#include <greenroom/core/event.hpp>
#include <vector>

#include "cast.hpp"
#include "support/on_systems.hpp"

namespace greenroom::cast {

// A listener held in its handler, with so many numbers (1, 2, ...) in its mailbox already.
class Full {
public:
    Full(support::SystemStage& stage, std::size_t bound, WhenFull when_full)
        : listener{stage.system.spawn_with<Listener>({.mailbox = {bound, when_full}})} {
        listener.tell(Hold{begun_, go_on_, &left_});
        begun_.wait();
        for (std::size_t i = 1; i <= bound; ++i) listener.tell(Number{static_cast<int>(i)});
    }
    ~Full() {
        let_go();
        left_.wait();
    }
    Full(const Full&) = delete;
    Full& operator=(const Full&) = delete;

    void let_go() { go_on_.set(); }
    std::vector<int> numbers() {
        let_go();
        for (;;) {
            try {
                return listener.ask(Numbers{});
            } catch (const MailboxFull&) {
                yield();
            }
        }
    }

private:
    Event begun_;
    Event go_on_;
    Event left_;

public:
    const Ref<Listener> listener;
};

}  // namespace greenroom::cast
