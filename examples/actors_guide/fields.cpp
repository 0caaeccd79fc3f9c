// Fields that travel with messages, in the lines of the log and in a trace.
#include <greenroom/actors/system.hpp>
#include <greenroom/core/fields.hpp>
#include <greenroom/core/log.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snippets.hpp"

using namespace greenroom;

namespace {

struct Deposit {
    int cents;
};
struct Pay {
    int cents;
};

// The lines of the log, while it lives.
class Lines {
public:
    Lines() {
        set_log_hook([kept = kept_](LogLevel, std::string_view line) {
            const std::lock_guard held(kept->lock);
            kept->text.append(line).append("\n");
        });
    }
    ~Lines() {
        set_log_hook([](LogLevel, std::string_view) {});
    }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;

    std::string text() const {
        const std::lock_guard held(kept_->lock);
        return kept_->text;
    }

private:
    struct Kept {
        std::mutex lock;
        std::string text;
    };
    const std::shared_ptr<Kept> kept_ = std::make_shared<Kept>();
};

// [field_scope]
class Account : public Actor {
public:
    int on(Deposit deposit) {
        log(LogLevel::info, "deposit");  // "deposit [request=17 user=ann]"
        return cents_ += deposit.cents;
    }

private:
    int cents_ = 0;
};

class Cashier : public Actor {
public:
    explicit Cashier(Ref<Account> account) : account_{std::move(account)} {}

    int on(Pay pay) {
        const FieldScope scope{{"user", "ann"}};  // beside those of the message
        return account_.ask(Deposit{pay.cents});
    }

private:
    const Ref<Account> account_;
};
// [end]

void they_travel() {
    const Lines lines;
    System system;
    const Ref<Cashier> cashier = system.spawn<Cashier>(system.spawn<Account>());
    // [field_scope_outside]
    const FieldScope scope{{"request", 17}};
    const int cents = cashier.ask(Pay{25});
    // [end]
    expect(cents == 25 && contains(lines.text(), "deposit [request=17 user=ann]\n"), "the line");
}

void a_logger_of_ones_own_reads_them() {
    std::string line;
    // [current_fields]
    const auto info = [&line](std::string text) {
        const Fields fields = current_fields();
        for (const Field& field : fields.all()) text += ", " + field.name + " " + field.value;
        line = text;  // or to_string(fields): `request=17 user="Ann Lee"`
    };
    // [end]
    const FieldScope scope{{"request", 17}, {"user", "Ann Lee"}};
    info("paid");
    expect(line == "paid, request 17, user Ann Lee", "each with its name");
    expect(to_string(current_fields()) == R"(request=17 user="Ann Lee")", "as a text");
}

void what_comes_from_outside_gets_them_again() {
    Fields kept;
    Fields seen;
    {
        const FieldScope scope{{"request", 17}};
        // [kept_fields]
        kept = current_fields();  // when the call to a foreign library is made
        // [end]
    }
    const auto called_back = [&] {
        // [fields_again]
        const FieldScope again{kept};  // in its callback, on whatever thread
        // [end]
        seen = current_fields();
    };
    called_back();
    expect(seen == kept && current_fields().empty(), "there, and nowhere else");
}

}  // namespace

std::vector<Snippet> field_snippets() {
    return {{"fields that travel", &they_travel},
            {"a logger of one's own", &a_logger_of_ones_own_reads_them},
            {"fields from outside", &what_comes_from_outside_gets_them_again}};
}
