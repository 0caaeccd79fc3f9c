// Which runtime runs an actor, and when it starts.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/cpu_group.hpp>
#include <greenroom/core/runtime.hpp>
#include <thread>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;

namespace {

struct WhichThread {};

class Renderer : public Actor {
public:
    std::thread::id on(WhichThread) { return std::this_thread::get_id(); }
};
class Search : public Renderer {};

void run_elsewhere() {
    // [elsewhere]
    Runtime own{{.workers = 1}};  // one worker: a thread of the actor's own
    CpuGroup computations{2};     // for what computes long, so that others need not wait for it
    System system;                // ends before them
    const Ref<Renderer> renderer = system.spawn_with<Renderer>({.runtime = &own});
    const Ref<Search> search = system.spawn_with<Search>({.runtime = &computations.runtime()});
    // [end]
    const std::thread::id thread = renderer.ask(WhichThread{});
    expect(thread == renderer.ask(WhichThread{}), "it is always the same thread");
    expect(thread != search.ask(WhichThread{}), "and not the other's");
}

struct Word {};

class Dictionary : public Actor {
public:
    explicit Dictionary(bool& is_loaded) : is_loaded_{is_loaded} {}
    bool on(Word) { return is_loaded_; }

protected:
    void on_start() override { is_loaded_ = true; }

private:
    bool& is_loaded_;
};

void start_lazily() {
    bool is_loaded = false;
    bool never_loaded = false;
    System system;
    // [lazily]
    const auto dictionary = system.spawn_with<Dictionary>({.lazy_start = true}, is_loaded);
    const bool answer = dictionary.ask(Word{});  // on_start runs now, before the first message
    // [end]
    system.spawn_with<Dictionary>({.lazy_start = true}, never_loaded);
    (void)system.stop(StopPolicy::drain, Deadline::after(std::chrono::seconds{10}));
    expect(answer && is_loaded, "it is loaded when it is needed");
    expect(!never_loaded, "and not if it is not");
}

}  // namespace

std::vector<Snippet> placement_snippets() {
    return {{"run_elsewhere", run_elsewhere}, {"start_lazily", start_lazily}};
}
