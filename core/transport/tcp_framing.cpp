#include "core/transport/tcp_framing.hpp"

#include <algorithm>

namespace parley {

std::optional<MutBytes> TcpDeframer::next() {
    if (give_partial_) {
        partial_.clear();
        give_partial_ = false;
    }
    if (broken_) return {};

    // A frame that began in an earlier read: gather what is missing of it.
    const auto gather = [this](std::size_t size) {
        const auto count = std::min(size - std::min(size, partial_.size()), input_.size());
        partial_.insert(partial_.end(), input_.begin(),
                        input_.begin() + static_cast<std::ptrdiff_t>(count));
        input_ = input_.subspan(count);
        return partial_.size() >= size;
    };
    const bool whole_header_here = partial_.empty() && input_.size() >= tcp_frame_header_size;
    if (!whole_header_here && !gather(tcp_frame_header_size)) return {};
    const std::size_t size = load_be16(whole_header_here ? input_.data() : partial_.data());
    if (size > max_frame_) {
        broken_ = true;
        return {};
    }
    if (whole_header_here && input_.size() >= tcp_frame_header_size + size) {
        const auto frame = input_.subspan(tcp_frame_header_size, size);
        input_ = input_.subspan(tcp_frame_header_size + size);
        return frame;
    }
    if (!gather(tcp_frame_header_size + size)) return {};
    give_partial_ = true;
    return MutBytes{partial_}.subspan(tcp_frame_header_size, size);
}

} // namespace parley
