// sleep_for, sleep_until: wait for time to pass. In a fiber only that fiber waits.
//
// Never early; late by the clock's tick of 1 ms and by what else the worker has to do. Suspension
// points: a cancellation ends them. A duration of zero or less lets others run first (yield).
#pragma once

#include <greenroom/core/deadline.hpp>
#include <greenroom/core/where.hpp>

namespace greenroom {

void sleep_for(Duration duration, Where where = Where::here());

// Until the clock of the caller's runtime shows `time`.
void sleep_until(TimePoint time, Where where = Where::here());

}  // namespace greenroom
