#include "notebook.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>

namespace greenroom::detail {

std::uint64_t Notebook::begin(const MessageNote& note) {
    const std::lock_guard held(lock_);
    begun_.push_back({count_, note});
    notes_[count_ % notes_.size()] = note;
    return count_++;
}

void Notebook::end(std::uint64_t number) noexcept {
    const std::lock_guard held(lock_);
    std::erase_if(begun_, [number](const Begun& one) { return one.number == number; });
}

std::vector<std::string> Notebook::last() const {
    std::vector<MessageNote> notes;
    std::uint64_t count = 0;
    notes.reserve(notes_.size());
    {
        const std::lock_guard held(lock_);
        count = std::min<std::uint64_t>(count_, notes_.size());
        for (std::uint64_t i = 1; i <= count; ++i) {
            notes.push_back(notes_[(count_ - i) % notes_.size()]);
        }
    }
    std::vector<std::string> texts;
    for (const MessageNote& note : notes) texts.push_back(to_string(note));
    return texts;
}

std::string Notebook::current() const {
    MessageNote note;
    {
        const std::lock_guard held(lock_);
        if (begun_.empty()) return {};
        note = begun_.back().note;
    }
    return to_string(note);
}

void require_notes(std::size_t notes, const char* option) {
    if (notes <= Notebook::notes_max) return;
    throw std::invalid_argument{std::string{option} + " is " + std::to_string(notes) +
                                ", and an actor notes 0 to " + std::to_string(Notebook::notes_max) +
                                " messages"};
}

}  // namespace greenroom::detail
