// NameRegistry: the actors of one system by name, who waits for a name, and who watches it.
//
// An entry is made when an actor is registered, and taken out when it has ended and its Downs are
// sent, or by unregister_name(). A registration has a number, by which a watch tells it from the
// next.
//
// Threads   All from any thread. The lock is taken after a cell's family lock and before its
//           mailbox's. What follows from a change is in NameNews, and done without any lock.
// Limits    `names_max` names. Who waits is bounded by the fibers and threads that there are, and
//           an actor watches a name once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <greenroom/actors/detail/cell.hpp>
#include <greenroom/actors/detail/name_watch.hpp>
#include <greenroom/actors/detail/named.hpp>
#include <greenroom/core/deadline.hpp>
#include <greenroom/core/detail/spin_lock.hpp>
#include <greenroom/core/detail/wait_queue.hpp>
#include <greenroom/core/where.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace greenroom::detail {

// Who is to hear of a change of the registry.
class NameNews {
public:
    NameNews() noexcept = default;
    ~NameNews() { tell(); }
    NameNews(const NameNews&) = delete;
    NameNews& operator=(const NameNews&) = delete;

    // Without any lock.
    void tell() noexcept;

private:
    friend class NameRegistry;

    Resumption woken_;
    NameWatch* first_ = nullptr;  // whose messages are to be sent
    NameWatch** end_ = &first_;
};

class NameRegistry {
public:
    explicit NameRegistry(std::size_t names_max) noexcept : names_max_{names_max} {}

    // Throws Error(name_taken) and Error(limit_reached).
    void add(std::string_view name, const Named& actor, NameNews& news);
    // False: it is not `owner`'s.
    bool remove(std::string_view name, const Cell& owner, NameNews& news) noexcept;
    // Of an actor that has ended: one by one.
    void remove(const std::vector<std::string>& names, const Cell& owner) noexcept;

    // Who has the name, though it may have ended; or nobody.
    Named find(std::string_view name) const;
    // Who has the name and takes messages, waiting until somebody does. Nobody: the deadline came.
    // Throws Cancelled, and Error(stopping) once end_waits() was called.
    Named wait_before(std::string_view name, Deadline deadline, Where where);
    // From now on nobody waits for a name.
    void end_waits() noexcept;

    std::vector<std::string> names() const;
    std::size_t size() const noexcept;
    std::size_t watch_count() const noexcept;
    std::size_t awaited_count() const noexcept;  // names that somebody waits for

    // Tells at once if somebody has the name.
    void watch(std::unique_ptr<NameWatch> watch);
    bool unwatch(std::string_view name, const Cell& watcher) noexcept;
    // What a message of `watch` tells, which has arrived.
    NameChange next_change(NameWatch& watch) noexcept;
    // Sends its message, which is marked as queued.
    void send(NameWatch& watch) noexcept;
    // Its message is not in a mailbox any more.
    void came_back(NameWatch& watch) noexcept;

private:
    struct Owner {
        Cell* cell = nullptr;  // removed before it ends
        const RefType* type = nullptr;
        const ProtocolEntry* table = nullptr;
        std::uint64_t number = 0;
    };
    struct Waiter;
    using WatchKey = std::pair<std::string_view, std::uint64_t>;  // the name, the watcher's id
    struct WatchOrder {
        using is_transparent = void;
        static WatchKey key(const WatchKey& of) noexcept { return of; }
        static WatchKey key(const std::unique_ptr<NameWatch>& of) noexcept {
            return {of->name, of->watcher.cell()->id().number};
        }
        template <class Left, class Right>
        bool operator()(const Left& left, const Right& right) const noexcept {
            return key(left) < key(right);
        }
    };
    using Owners = std::map<std::string, Owner, std::less<>>;
    using Lines = std::map<std::string, WaitQueue, std::less<>>;
    using Watches = std::set<std::unique_ptr<NameWatch>, WatchOrder>;

    // These with the lock.
    static Named named(const Owner& owner);
    Named find_alive(std::string_view name) const;
    void wake(std::string_view name, const Named& actor, NameNews& news) noexcept;
    void list_watches(std::string_view name, NameNews& news) noexcept;
    static void list(NameWatch& watch, NameNews& news) noexcept;

    const std::size_t names_max_;
    mutable SpinLock lock_;  // guards all below
    Owners owners_;
    Lines lines_;  // of the names that somebody waits for; their own locks are not used
    Watches watches_;
    std::uint64_t registrations_ = 0;
    bool waits_have_ended_ = false;
};

}  // namespace greenroom::detail
