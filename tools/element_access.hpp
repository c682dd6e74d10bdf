// The elements of a running pipeline by their names: their properties, actions and statistics.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/gst_ptr.hpp"

#include <json-glib/json-glib.h>

#include <string>
#include <vector>

namespace parley::tools {

class ElementAccess {
  public:
    /// `pipeline` outlives it.
    explicit ElementAccess(GstElement* pipeline) : pipeline_{GST_BIN(pipeline)} {}

    // What is given back is JSON. Every error names the element and what it has instead.

    /// `property` may be one of a child: "video_0::source".
    [[nodiscard]] Result<std::string> get(const std::string& element,
                                          const std::string& property) const;
    [[nodiscard]] Result<void> set(const std::string& element, const std::string& property,
                                   JsonNode* value) const;
    /// Every property that can be read.
    [[nodiscard]] Result<std::string> properties(const std::string& element) const;
    /// Emits an action signal; what it returns, or null.
    [[nodiscard]] Result<std::string> act(const std::string& element, const std::string& signal,
                                          const std::vector<JsonNode*>& arguments) const;
    /// [{"name": ..., "factory": ..., "state": ...}]
    [[nodiscard]] std::string list() const;
    /// The property `stats` of all elements that have one, by name.
    [[nodiscard]] std::string stats() const;

  private:
    struct Place {
        GstPtr<GObject> object;
        GParamSpec* property = nullptr;
    };
    [[nodiscard]] Result<GstPtr<GstElement>> find(const std::string& element) const;
    [[nodiscard]] Result<Place> find(const std::string& element, const std::string& property) const;
    [[nodiscard]] std::vector<GstPtr<GstElement>> elements() const;

    GstBin* pipeline_;
};

} // namespace parley::tools
