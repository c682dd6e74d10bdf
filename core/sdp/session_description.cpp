#include "core/sdp/session_description.hpp"

#include "core/sdp/text.hpp"

#include <algorithm>

namespace parley::sdp {

const PayloadType* Media::payload_type(std::uint8_t number) const {
    const auto at = std::find_if(payload_types.begin(), payload_types.end(),
                                 [&](const PayloadType& p) { return p.number == number; });
    return at == payload_types.end() ? nullptr : &*at;
}

const Media* SessionDescription::find(std::string_view mid) const {
    if (mid.empty()) return nullptr;
    const auto at =
        std::find_if(media.begin(), media.end(), [&](const Media& m) { return m.mid == mid; });
    return at == media.end() ? nullptr : &*at;
}

const Group* SessionDescription::bundle() const {
    const auto at = std::find_if(groups.begin(), groups.end(),
                                 [](const Group& group) { return group.semantics == "BUNDLE"; });
    return at == groups.end() ? nullptr : &*at;
}

std::optional<std::string_view> fmtp_value(std::string_view fmtp, std::string_view name) {
    while (!fmtp.empty()) {
        auto value = text::trim(text::take_until(fmtp, ';'));
        const auto key = text::trim(text::take_until(value, '='));
        if (text::equal_ignoring_case(key, name)) return text::trim(value);
    }
    return std::nullopt;
}

} // namespace parley::sdp
