// How many processors this process may use, and which: its affinity, and the quota of CPU time that
// a container has been given.
#pragma once

#include <string>
#include <vector>

namespace greenroom::detail {

// Those of the process's affinity, in order; one at least.
std::vector<int> allowed_processors();

// Binds the calling thread to them; if the kernel refuses, it runs on as it did.
void bind_thread(const std::vector<int>& processors) noexcept;

// The quota of the control groups that the process is in, in processors: 1.5 are 150 ms of CPU time
// in each 100. The strictest of the group and all those around it, as version 2 or 1 tells it; 0 if
// there is none. `root` is prepended to all paths, for tests.
double processor_quota(const std::string& root = "");

// How many workers that makes: one for each processor allowed, but not more than the quota, rounded
// up, keeps busy; one at least.
int usable_processors(const std::string& root = "");

}  // namespace greenroom::detail
