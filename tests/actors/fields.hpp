// Scribe: an actor that tells and writes down the fields that it has, for tests.
#pragma once

#include <functional>
#include <greenroom/actors/actor.hpp>
#include <greenroom/actors/timer.hpp>
#include <greenroom/core/fields.hpp>
#include <greenroom/core/future.hpp>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "cast.hpp"
#include "diary.hpp"

namespace greenroom::cast {

inline std::string fields_here() { return to_string(current_fields()); }

// Has it write down its fields, behind that name.
struct Write {
    std::string name;
};
// What has its fields as the answer: at once, or when it is told to Settle.
struct Tell {};
struct TellLater {};
struct Settle {};
// Has it call a function.
struct Do {
    std::function<void()> what;
};

class Scribe : public Actor {
public:
    explicit Scribe(std::shared_ptr<Diary> diary = std::make_shared<Diary>())
        : diary_{std::move(diary)} {}

    void on(const Write& write) { diary_->note(write.name + ": " + fields_here()); }
    std::string on(Tell) { return fields_here(); }
    void on(TellLater, Reply<std::string> reply) { reply_ = std::move(reply); }
    void on(Settle) { reply_.set(fields_here()); }
    bool on(const Do& call) {
        call.what();
        return true;
    }
    void on(const Hold& hold) { hold.wait(); }
    void on(Number) { throw std::runtime_error{"no luck"}; }
    void on(Stop) { stop(); }

private:
    const std::shared_ptr<Diary> diary_;
    Reply<std::string> reply_;
};

}  // namespace greenroom::cast
