// LocalList: what one fiber (or plain thread) keeps for itself: fiber_local.hpp.
#pragma once

#include <cstdint>
#include <utility>

namespace greenroom::detail {

struct LocalNode {
    explicit LocalNode(std::uint64_t its_key) noexcept : key{its_key} {}
    virtual ~LocalNode() = default;
    LocalNode(const LocalNode&) = delete;
    LocalNode& operator=(const LocalNode&) = delete;

    const std::uint64_t key;  // of the FiberLocal
    LocalNode* next = nullptr;
};

struct LocalList {
    LocalList() noexcept = default;
    ~LocalList() { destroy_all(); }
    LocalList(const LocalList&) = delete;
    LocalList& operator=(const LocalList&) = delete;

    // Newest first. A destructor may make new ones, which are destroyed as well.
    void destroy_all() noexcept {
        while (first != nullptr) {
            LocalNode* const node = std::exchange(first, first->next);
            delete node;
        }
    }

    LocalNode* first = nullptr;  // the newest
};

// Of the calling fiber or plain thread.
LocalList& locals_of_caller() noexcept;

// Never given twice.
std::uint64_t next_local_key() noexcept;

}  // namespace greenroom::detail
