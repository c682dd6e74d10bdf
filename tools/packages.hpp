// Which Debian package has an element: Debian lists each package's elements in apt's own lists.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace parley::tools {

/// Finds `element` in what `apt-cache show` prints: the package whose Gstreamer-Elements name it.
std::optional<std::string> package_in(std::string_view apt_output, std::string_view element);

/// Asks apt. Nothing where there is no apt or no such package. Takes up to a second: for errors
/// only.
std::optional<std::string> package_of(std::string_view element);

} // namespace parley::tools
