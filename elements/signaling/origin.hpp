// Whether a page of some origin may use us.
#pragma once

#include "elements/signaling/config.hpp"

#include <string>

namespace parley::signaling {

/// A server that only this machine reaches and that asks for no token would be open to every page
/// that a browser on this machine shows: there, only origins of this machine are let in. Elsewhere
/// tokens decide. Programs send no Origin.
bool origin_allowed(const Config& config, const std::string& origin);

} // namespace parley::signaling
