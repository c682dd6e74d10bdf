// Which layer of a track somebody wants.
#pragma once

#include <cstdint>
#include <string>

namespace parley {

/// Which layer a subscription wants.
struct LayerChoice {
    enum class Kind : std::uint8_t { highest, lowest, rid, fit } kind = Kind::highest;
    std::string rid;        ///< for `rid`
    unsigned max_width = 0; ///< for `fit`: the largest layer within; 0 = any
    unsigned max_height = 0;
    bool exact = false; ///< for `rid`: that layer, or nothing while it is not active
    bool operator==(const LayerChoice&) const = default;
};

} // namespace parley
