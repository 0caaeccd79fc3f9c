#include <greenroom/net/framing.hpp>

#include <algorithm>

namespace greenroom::net {

LineTooLong::LineTooLong(std::size_t bytes_max)
    : Error{Errc::limit_reached,
            "a line has more than the " + std::to_string(bytes_max) + " bytes allowed"} {}

bool LineFramer::next(std::string_view& bytes, Line& line) {
    drop_given();
    const std::size_t end = bytes.find('\n');
    if (end == bytes.npos) {
        keep(bytes);
        bytes = {};
        return false;
    }
    const std::string_view piece = bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    return finish(piece, line);
}

// `piece` ends the line.
bool LineFramer::finish(std::string_view piece, Line& line) {
    if (!kept_.empty() || too_long_) {
        keep(piece);
        kept_is_given_ = true;
        piece = kept_;
    }
    if (!piece.empty() && piece.back() == '\r' && !too_long_) piece.remove_suffix(1);
    line.too_long = too_long_ || piece.size() > bytes_max_;
    line.text = piece.substr(0, bytes_max_);
    too_long_ = false;
    if (line.too_long && long_line_ == LongLine::fail) throw LineTooLong{bytes_max_};
    return true;
}

// One byte beyond the limit is kept as well: it may be the "\r" of the end.
void LineFramer::keep(std::string_view piece) {
    const std::size_t room = bytes_max_ + 1 - kept_.size();
    if (piece.size() > room) too_long_ = true;
    kept_.append(piece.substr(0, room));
    if (too_long_ && long_line_ == LongLine::fail) throw LineTooLong{bytes_max_};
}

void LineFramer::drop_given() noexcept {
    if (!kept_is_given_) return;
    kept_is_given_ = false;
    std::string{}.swap(kept_);  // an idle connection keeps no buffer
}

}  // namespace greenroom::net
