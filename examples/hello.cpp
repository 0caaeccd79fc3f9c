// A host and a guest: the smallest complete greenroom program.
//
// Shows     an actor, a typed message, a question with a deadline, an orderly end.
// Run       ./hello Ada
// Prints    Good evening, Ada. You are guest 1.
#include <chrono>
#include <cstdio>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/system.hpp>
#include <string>

using namespace std::chrono_literals;

struct Greet {
    std::string name;
};

class Host : public greenroom::Actor {
public:
    // One message at a time, so `guests_` needs no lock. The return value goes to the asker.
    std::string on(const Greet& greet) {
        ++guests_;
        return "Good evening, " + greet.name + ". You are guest " + std::to_string(guests_) + ".";
    }

private:
    int guests_ = 0;
};

int main(int argc, char** argv) {
    greenroom::System system;  // one worker thread per core
    greenroom::Ref<Host> host = system.spawn<Host>();
    std::string answer = host.ask(Greet{argc > 1 ? argv[1] : "stranger"}, 1s);
    std::puts(answer.c_str());
}  // ~System: lets every actor finish what it has, stops it, joins the workers.
