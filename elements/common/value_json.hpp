// Values of properties, signals and structures as JSON, and back.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/json.hpp"

#include <glib-object.h>

#include <string>

namespace parley {

/// As JSON text: numbers, booleans and texts as they are, enums by their nick, structures as
/// objects, lists as arrays; anything else in the words of GStreamer, or null.
std::string to_json(const GValue& value);

/// Fills a value that has been initialised with its type. A text does for every type that
/// GStreamer can read: "30/1", "grid", "true". The error says what the type is.
Result<void> from_json(JsonNode* node, GValue& value);

} // namespace parley
