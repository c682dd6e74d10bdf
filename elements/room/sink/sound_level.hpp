// The level of raw sound, as RFC 6464 has it.
#pragma once

#include "core/base/bytes.hpp"

#include <cstdint>

namespace parley::room_elements {

/// Of samples S16LE: 0 is the loudest, 127 silence, in -dBov.
std::uint8_t sound_level(Bytes samples);

} // namespace parley::room_elements
