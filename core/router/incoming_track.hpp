// One published track as the router sees it: its layers, and what goes back to the publisher.
#pragma once

#include "core/base/time.hpp"
#include "core/router/clock_mapping.hpp"
#include "core/router/layer_choice.hpp"
#include "core/router/layer_receiver.hpp"
#include "core/router/media_packet.hpp"
#include "core/rtcp/packet.hpp"
#include "core/rtp/codec/codec.hpp"
#include "core/rtp/extension.hpp"
#include "core/rtp/packet.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley {

class IncomingTrack {
  public:
    static constexpr std::size_t max_layers = 8;

    struct Config {
        Codec codec = Codec::opus;
        std::uint8_t payload_type = 0;
        std::optional<std::uint8_t> rtx_payload_type;
        bool nack = false;
        /// The publisher answers PLI. Not so for files and cameras that encode by themselves: late
        /// joiners are then served from the ring.
        bool keyframes_on_demand = true;
        /// In the order of a=simulcast; one empty rid without simulcast. At most max_layers. Which
        /// is the highest is told by picture sizes, or where the codec does not show them by the
        /// highest bitrate that each has had.
        std::vector<std::string> rids{""};
    };

    /// `clock` is the publisher's, shared by all its tracks, and outlives the track.
    IncomingTrack(const Config& config, const PublisherClock& clock);

    [[nodiscard]] MediaKind kind() const { return media_kind(config_.codec); }
    [[nodiscard]] Codec codec() const { return config_.codec; }
    [[nodiscard]] std::uint32_t clock_rate() const { return parley::clock_rate(config_.codec); }
    [[nodiscard]] const Config& config() const { return config_; }

    [[nodiscard]] std::size_t layer_count() const { return layers_.size(); }
    [[nodiscard]] LayerReceiver& layer(LayerIndex i) { return *layers_[i]; }
    [[nodiscard]] const LayerReceiver& layer(LayerIndex i) const { return *layers_[i]; }
    [[nodiscard]] std::optional<LayerIndex> find_rid(std::string_view rid) const;
    [[nodiscard]] std::optional<LayerIndex> find_ssrc(rtp::Ssrc ssrc) const;

    /// Who owns the SSRCs is the transport's knowledge: it binds them from SDP, or from mid and rid
    /// (or repaired-rid) of a first packet, and then calls receive() with the layer.
    void bind(LayerIndex layer, rtp::Ssrc ssrc) { layers_[layer]->bind(ssrc); }
    void bind_rtx(LayerIndex layer, rtp::Ssrc ssrc) { layers_[layer]->bind_rtx(ssrc); }

    /// A decrypted packet of a layer's SSRC. Copies the payload once, into the layer's ring. The
    /// result is valid for this turn; nullptr when there is nothing to forward.
    const MediaPacket* receive(LayerIndex layer, const rtp::PacketView& view,
                               const rtp::ExtensionMap& extensions, Instant now);
    /// A decrypted packet of a layer's RTX SSRC.
    const MediaPacket* receive_rtx(LayerIndex layer, const rtp::PacketView& view,
                                   const rtp::ExtensionMap& extensions, Instant now);
    /// A sender report of a layer's SSRC, after PublisherClock::on_sender_report().
    void handle_sender_report(LayerIndex layer, const rtcp::SenderInfo& report, Instant now);
    void set_rtt(Duration rtt);

    /// What is to be sent to the publisher now: for each layer with something to say calls
    /// `f(Ssrc, std::span<const std::uint16_t> nacks, bool pli)`.
    template <class F>
    void take_feedback(Instant now, F&& f) {
        for (auto& layer : layers_) {
            if (!layer->ssrc()) continue;
            scratch_.clear();
            layer->take_nacks(now, scratch_);
            const bool pli = layer->keyframes().poll(now);
            if (pli || !scratch_.empty()) {
                f(*layer->ssrc(), std::span<const std::uint16_t>{scratch_}, pli);
            }
        }
    }
    /// When take_feedback() has something to do.
    [[nodiscard]] std::optional<Instant> next_deadline() const;
    /// Appends a block for each layer that has received something.
    void append_reports(Instant now, std::vector<rtcp::ReportBlock>& out);

    /// Someone needs a keyframe. Does nothing for audio.
    void request_keyframe(LayerIndex layer, KeyframeReason reason, Instant now);

    /// The layer that a choice means now, among the active ones; no_layer before the first packet.
    [[nodiscard]] LayerIndex choose(const LayerChoice& choice) const;
    /// A layer is active while it gets packets as other layers of the track do: one that the
    /// publisher has stopped is not, one of a still picture is.
    [[nodiscard]] bool layer_active(LayerIndex layer) const;
    static constexpr Duration layer_silence = 600ms;
    /// Counts changes of what choose() might answer: activity and picture sizes of layers.
    [[nodiscard]] std::uint32_t layers_revision() const { return layers_revision_; }

    /// The publisher says that the track carries nothing (mute); for stats and switching only.
    void set_muted(bool muted) { muted_ = muted; }
    [[nodiscard]] bool muted() const { return muted_; }
    /// RFC 6464 level of the newest packet; silence when none came for 500 ms, or muted.
    [[nodiscard]] rtp::AudioLevel audio_level(Instant now) const;
    /// Any packet within the last second.
    [[nodiscard]] bool active(Instant now) const;

  private:
    void review_layers(Instant now);

    Config config_;
    std::vector<std::unique_ptr<LayerReceiver>> layers_; ///< stable addresses
    std::vector<std::uint16_t> scratch_;
    bool muted_ = false;
    rtp::AudioLevel audio_level_;
    std::optional<Instant> audio_level_at_;
    std::array<double, max_layers> peak_bitrate_{};
    std::uint32_t layers_revision_ = 0;
    std::uint32_t layers_seen_ = 0; ///< hash of what layers_revision_ counts
    Instant reviewed_{};
};

} // namespace parley
