// What the kernel says of this process's memory.
#pragma once

#include <fstream>
#include <string>
#include <string_view>

namespace greenroom::support {

// A row of /proc/self/status that is in KiB, in bytes: "VmRSS", "VmPTE". 0 if there is none.
inline double memory_bytes(std::string_view row) {
    std::ifstream status{"/proc/self/status"};
    for (std::string line; std::getline(status, line);) {
        if (!line.starts_with(row) || line.size() == row.size() || line[row.size()] != ':')
            continue;
        return 1024 * std::stod(line.substr(row.size() + 1));
    }
    return 0;
}

inline double resident_bytes() { return memory_bytes("VmRSS"); }

}  // namespace greenroom::support
