// Bytes as text: hexadecimal for digests, base64 (RFC 4648, section 4) for signatures.
#pragma once

#include "core/base/bytes.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::recording {

std::string to_hex(Bytes bytes);
/// Lower or upper case; nothing where it is no hexadecimal of whole bytes.
std::optional<std::vector<std::uint8_t>> from_hex(std::string_view text);

std::string to_base64(Bytes bytes);
/// Padded, without line breaks; nothing where it is not that.
std::optional<std::vector<std::uint8_t>> from_base64(std::string_view text);

} // namespace parley::recording
