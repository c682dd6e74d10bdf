// Pictures of a pipeline in graphviz's language, as `parley run --dot DIR` leaves them.
#pragma once

#include "core/base/result.hpp"

#include <gst/gst.h>

#include <string>
#include <string_view>

namespace parley::tools {

class Graphs {
  public:
    /// Writes none.
    Graphs() = default;

    /// Into `folder`, which is made where it is missing.
    static Result<Graphs> into(std::string folder);

    /// One file: "02-playing.dot". Shows states and caps, but no property's value, among which
    /// there may be secrets.
    Result<void> write(GstBin* bin, std::string_view moment);

  private:
    std::string folder_;
    unsigned written_ = 0;
};

} // namespace parley::tools
