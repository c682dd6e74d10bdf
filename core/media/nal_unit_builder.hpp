// Access units of H.264 and H.265 out of NAL units, and the parameter sets that they need.
#pragma once

#include "core/media/h264_nal.hpp"
#include "core/media/h265_nal.hpp"
#include "core/media/unit_assembler.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace parley::media {

/// `Nal` is H264Nal or H265Nal.
template <class Nal>
class NalUnitBuilder {
  public:
    /// Parameter sets from elsewhere than the stream. Broken ones are left out.
    void learn(Bytes nal);

    /// `size`: what the unit may come to, where that is known.
    void begin(bool behind_gap, std::size_t size = 0);
    /// A whole NAL unit. False, here and below: broken, or too large.
    [[nodiscard]] bool add(Bytes nal);
    /// One in pieces; its header is in `header`, which has header_size bytes.
    [[nodiscard]] bool begin_fragmented(Bytes header);
    [[nodiscard]] bool add_fragment(Bytes piece);
    [[nodiscard]] bool end_fragmented();
    [[nodiscard]] bool fragment_open() const { return nal_at_.has_value(); }

    /// A keyframe has its format; parameter sets are left out. Where they change without one (no
    /// configuration can say that), they stay in the unit.
    Assembled end();
    void interrupt() { interrupted_ = true; }

  private:
    static constexpr std::size_t length_size = 4;

    [[nodiscard]] bool fits(std::size_t more) const;
    [[nodiscard]] bool note_set(NalKind kind, Bytes nal);
    void note_slice(NalKind kind, std::size_t at);
    [[nodiscard]] Bytes first_slice() const;
    bool adopt_sets(std::optional<unsigned> pps);
    std::optional<StreamFormat> key_format();
    void keep_changed_sets_in_band();

    ParameterSets sets_;      ///< in force
    ParameterSets brought_;   ///< by this unit, or on their own before it
    bool in_band_ = false;    ///< the last keyframe brought its sets along
    bool interrupted_ = true; ///< units are missing before the next keyframe
    /// Leading pictures of the last keyframe find what they refer to before it.
    bool leading_decodable_ = false;

    std::vector<std::uint8_t> data_;
    std::size_t last_size_ = 0;
    bool behind_gap_ = false;
    std::optional<std::size_t> first_slice_; ///< where its length is
    bool only_key_slices_ = true;
    bool leading_ = false;
    std::optional<std::size_t> nal_at_; ///< of one in pieces: where its length is to go
};

extern template class NalUnitBuilder<H264Nal>;
extern template class NalUnitBuilder<H265Nal>;

} // namespace parley::media
