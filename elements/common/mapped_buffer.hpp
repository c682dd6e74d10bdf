// A buffer's bytes for as long as this lives.
#pragma once

#include "core/base/bytes.hpp"

#include <gst/gst.h>

namespace parley {

class MappedBuffer {
  public:
    /// The buffer is borrowed and outlives this.
    explicit MappedBuffer(GstBuffer* buffer)
        : buffer_{gst_buffer_map(buffer, &map_, GST_MAP_READ) ? buffer : nullptr} {}
    MappedBuffer(const MappedBuffer&) = delete;
    MappedBuffer& operator=(const MappedBuffer&) = delete;
    ~MappedBuffer() {
        if (buffer_) gst_buffer_unmap(buffer_, &map_);
    }

    explicit operator bool() const { return buffer_ != nullptr; }
    [[nodiscard]] Bytes bytes() const { return buffer_ ? Bytes{map_.data, map_.size} : Bytes{}; }

  private:
    GstMapInfo map_{};
    GstBuffer* buffer_;
};

} // namespace parley
