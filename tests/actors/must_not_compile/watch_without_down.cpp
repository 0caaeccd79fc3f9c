// Who watches handles Down.
//
// Error  actor_has_no_handler_for_message<Nurse, greenroom::Down>
#include <greenroom/actors/actor.hpp>

class Patient : public greenroom::Actor {};

class Nurse : public greenroom::Actor {
public:
    void care(const greenroom::Ref<Patient>& patient) { watch(this, patient); }
#ifdef RIGHT
    void on(greenroom::Down) {}
#endif
};
