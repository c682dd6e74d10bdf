// "Did you mean": the nearest of the known names.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parley::tools {

/// How many letters to add, drop, change or swap to get from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest known name, if it is near enough to be a slip of the keyboard.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

/// ` (did you mean "name"?)`, or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

} // namespace parley::tools
