// ThreadToken: which thread runs, as a value that a lock compares.
#pragma once

namespace greenroom::detail {

using ThreadToken = const void*;

// Of whoever runs now: the same for a thread's whole life, and for a fiber between two suspensions
// and across them. Out of line: the thread-local itself is not in a public header.
ThreadToken thread_token() noexcept;

}  // namespace greenroom::detail
