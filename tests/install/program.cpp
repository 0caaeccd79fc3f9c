// The program of both projects: it uses each floor a little, and prints what the tests look for.
#include <chrono>
#include <cstdio>
#include <greenroom/greenroom.hpp>

using namespace std::chrono_literals;

namespace {

struct Question {
    int half;
};

class Oracle : public greenroom::Actor {
public:
    int on(Question question) { return 2 * question.half; }
};

}  // namespace

int main() {
    greenroom::System system;
    greenroom::Ref<Oracle> oracle = system.spawn<Oracle>();
    std::printf("answered: %d\n", oracle.ask(Question{21}, 1s));
}
