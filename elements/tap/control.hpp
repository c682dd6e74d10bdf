// The control records of a tap as JSON, both ways (docs/tap.md). What leaves a parser has been
// validated in full; a type or a member that is not known here is ignored where it comes down,
// and refused where it goes up.
#pragma once

#include "core/base/result.hpp"
#include "core/tap/messages.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace parley::tap {

std::string to_json(const Up& message);
std::string to_json(const Down& message);

/// An unknown type is an error that names it.
Result<Up> parse_up(std::string_view json);
/// Nothing for a type that is not known here: a newer server may say more.
Result<std::optional<Down>> parse_down(std::string_view json);

} // namespace parley::tap
