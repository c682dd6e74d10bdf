// Where the page lies when nobody says so.
#pragma once

#include <string>

namespace parley::signaling {

/// The installed page (share/parley/web, beside the folder that the plugin was installed in), or
/// the source tree's when the plugin is used from its build folder; empty where there is none.
std::string default_web_root();

} // namespace parley::signaling
