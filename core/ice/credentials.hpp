// ICE user name fragment and password (RFC 8839, section 5.4).
#pragma once

#include "core/stun/message.hpp"

#include <string>
#include <string_view>

namespace parley::ice {

struct Credentials {
    std::string ufrag;
    std::string pwd;

    /// 48 and 144 random bits; RFC 8445, section 5.3, asks for at least 24 and 128.
    static Credentials random();
    bool operator==(const Credentials&) const = default;
};

/// The ufrag of ours that a check is addressed to (what stands before the colon of USERNAME), by
/// which the owner of many sessions finds the right one. Empty when there is none.
std::string_view target_ufrag(const stun::MessageView& request);

} // namespace parley::ice
