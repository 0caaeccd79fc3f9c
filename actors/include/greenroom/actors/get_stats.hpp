// GetStats: what a topic, a router or a pool is asked for its counts.
//
//     greenroom::TopicStats stats = topic.ask(greenroom::GetStats{});
#pragma once

namespace greenroom {

struct GetStats {};

}  // namespace greenroom
