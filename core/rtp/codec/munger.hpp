// Keeps the counters of VP8 and VP9 payload descriptors continuous for one subscriber.
#pragma once

#include "core/base/bytes.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/codec/vp8_munger.hpp"
#include "core/rtp/codec/vp9_munger.hpp"

#include <cstddef>
#include <cstdint>

namespace parley::rtp {

/// The munger of whichever codec a subscription has; does nothing for those without counters.
///
/// Feed it what goes out in the order it comes in: keep() for each packet that is forwarded,
/// skip() for each that is not. Store the offsets beside the sequence number offset whenever they
/// change; a retransmission looks both up by its source sequence number and calls rewrite() only.
class DescriptorMunger {
  public:
    explicit DescriptorMunger(Codec codec) : codec_{codec} {}

    /// The next packet kept is the first of another source, or of the same one after a pause: it
    /// continues where the last packet kept ended.
    void switch_source();
    /// Offsets for a packet that is forwarded now.
    DescriptorOffsets keep(Bytes payload);
    /// A packet that is left out on purpose (a temporal layer). Lost packets are not skipped.
    void skip(Bytes payload);

    /// Copies the part of the payload that changes into `head` and shifts it. Returns its size (at
    /// most max_head); the rest of the payload goes out as it is. 0 when nothing changes.
    static std::size_t rewrite(Codec codec, const DescriptorOffsets& offsets, Bytes payload,
                               MutBytes head);
    static constexpr std::size_t max_head = 8;

  private:
    Codec codec_;
    Vp8Munger vp8_;
    Vp9Munger vp9_;
};

} // namespace parley::rtp
