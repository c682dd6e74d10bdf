// What the bus says, in words for whoever can mend it.
#pragma once

#include <gst/gst.h>

#include <string>

namespace parley::tools {

struct Problem {
    std::string element; ///< "sink (filesink)"; a name that already tells the type stands alone
    std::string text;    ///< with the remedy where one is known
};

/// Of an ERROR or WARNING message.
Problem read_problem(GstMessage* message);

/// The remedy for a stock element's error, or "". `debug` is the message's debug text.
std::string remedy_for(const GError& error, std::string_view debug);

} // namespace parley::tools
