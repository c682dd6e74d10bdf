// Elements that are put into a bin together and go together, one linked behind the other.
#pragma once

#include "core/base/result.hpp"
#include "elements/common/gst_ptr.hpp"
#include "elements/room/media_caps.hpp"

#include <gst/gst.h>

#include <vector>

namespace parley::room_elements {

class ElementRow {
  public:
    /// `bin` outlives the row.
    explicit ElementRow(GstBin* bin) : bin_{bin} {}
    ElementRow(const ElementRow&) = delete;
    ElementRow& operator=(const ElementRow&) = delete;
    ~ElementRow() { remove(); }

    /// Into the bin; behind `after` where that is not null. What is given back is borrowed. The
    /// error names what is missing and its package.
    Result<GstElement*> add(GstElement* after, const char* factory, const char* package);
    /// The same with its properties, and its caps filter behind it.
    Result<GstElement*> add(GstElement* after, const Step& step);
    Result<GstElement*> add(GstElement* after, GstPtr<GstElement> element);

    /// The same for one that is in the bin already.
    Result<GstElement*> take(GstElement* after, GstPtr<GstElement> element);

    /// To the state of the bin, the last one first. What is started already is left alone.
    Result<void> start();
    /// Not on a streaming thread of theirs: one that waits in them comes back.
    void stop();
    /// Stops them and takes them out.
    void remove();

  private:
    GstBin* bin_;
    std::vector<GstPtr<GstElement>> elements_; ///< upstream first
    std::size_t started_ = 0;
};

} // namespace parley::room_elements
