// An actor whose answers depend on a state.
#include <greenroom/actors/state_machine.hpp>
#include <greenroom/actors/system.hpp>
#include <string>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;
using namespace std::chrono_literals;

namespace {

struct Outbox {};

// [uplink]
struct Post {
    std::string text;
};
struct Connected {};
struct Lost {};
struct GiveUp {};
enum class Line { down, up };  // or a std::variant, of the data of each state

class Uplink : public StateMachine<Line> {
public:
    Uplink() : StateMachine{Line::down} {}

    void on(const Post& post) {
        if (state() == Line::down) return postpone(this, post);  // to the next state
        sent_ += post.text;
    }
    void on(Connected) { become(Line::up); }
    void on(Lost) { become(Line::down); }
    void on(GiveUp) { stop(); }
    std::string on(Outbox) { return sent_; }

protected:
    void on_enter(const Line& line) override {
        if (line == Line::down) start_state_timer(this, 1min, GiveUp{});  // ends with the state
    }

private:
    std::string sent_;
};
// [end]

void become_another() {
    System system;
    const Ref<Uplink> uplink = system.spawn<Uplink>();
    // [postpone]
    uplink.tell(Post{"a"});
    uplink.tell(Post{"b"});
    uplink.tell(Connected{});
    uplink.tell(Post{"c"});
    const std::string sent = uplink.ask(Outbox{});  // "abc": what was postponed came first
    // [end]
    expect(sent == "abc", "postponed messages are handled before later ones");
    uplink.tell(Lost{});
    uplink.tell(Post{"d"});
    expect(uplink.ask(Outbox{}) == "abc", "and are kept while the line is down");
}

}  // namespace

std::vector<Snippet> state_snippets() { return {{"become_another", become_another}}; }
