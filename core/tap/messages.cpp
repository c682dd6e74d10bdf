#include "core/tap/messages.hpp"

namespace parley::tap {

std::string_view to_string(Purpose purpose) {
    switch (purpose) {
    case Purpose::none:
        return "none";
    case Purpose::recording:
        return "recording";
    case Purpose::hls:
        return "hls";
    case Purpose::mix:
        return "mix";
    }
    return "";
}

std::optional<Purpose> parse_purpose(std::string_view text) {
    for (const auto purpose : {Purpose::none, Purpose::recording, Purpose::hls, Purpose::mix}) {
        if (text == to_string(purpose)) return purpose;
    }
    return std::nullopt;
}

} // namespace parley::tap
