#include "descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <string>

namespace chat {

std::size_t allow_connections(std::size_t wanted, Log& log) {
    constexpr std::size_t others = 64;  // standard streams, listener, a few for each worker
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t needed = wanted + others;
    if (limit.rlim_cur >= needed) return wanted;
    limit.rlim_cur = std::min(limit.rlim_max, needed);
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= needed) return wanted;
    const std::size_t possible = std::max<std::size_t>(limit.rlim_cur, others + 1) - others;
    log.warning("the limit of descriptors is " + std::to_string(limit.rlim_cur) + ", and " +
                std::to_string(wanted) + " clients need " + std::to_string(needed) +
                " (raise it with ulimit -Hn, or lower --max-clients): serving at most " +
                std::to_string(possible));
    return possible;
}

}  // namespace chat
