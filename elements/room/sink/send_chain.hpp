// The elements between a pad of rtcroomsink and the RTP sinks of its track's layers: what turns
// that which the pad is fed into RTP.
//
//   RTP      -> RTP sink
//   encoded  -> parser -> payloader -> RTP sink
//   raw      -> converter -> encoder -> payloader -> RTP sink, for each simulcast layer
//
// H.264 that browsers refuse (B-frames, a profile of studios) is decoded and encoded anew: that
// shows with the first keyframe, so what follows the parser is added then.
#pragma once

#include "core/base/result.hpp"
#include "core/rtp/codec/codec.hpp"
#include "elements/room/element_row.hpp"
#include "elements/room/sink/encoders.hpp"
#include "elements/room/sink/rtp_sink.hpp"

#include <gst/gst.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace parley::room_elements {

class SendChain : public std::enable_shared_from_this<SendChain> {
  public:
    enum class Form { rtp, encoded, raw };
    /// What a pad is fed, by its caps.
    struct Fed {
        Form form = Form::raw;
        MediaKind kind = MediaKind::video;
        std::optional<Codec> codec; ///< but for raw
        bool operator==(const Fed&) const = default;
    };
    /// The error says what rooms carry.
    static Result<Fed> fed_by(const GstCaps* caps);

    struct Config {
        std::string encoder; ///< of video; empty: the usual one
        unsigned bitrate = 0;
        unsigned audio_bitrate = 0;
        unsigned simulcast = 1;
        bool sync = true;
    };
    /// Called on the streaming thread.
    struct Handlers {
        /// The track that it will be, before the first packet: its codec, the rids of its layers,
        /// and whether its keyframes are made here.
        std::function<void(Codec, std::vector<std::string> rids, bool encoded_here)> track;
        std::function<RtpSinkHandlers(unsigned layer)> sink;
        std::function<bool()> wanted;                  ///< raw media is not encoded while it is not
        std::function<void(std::uint8_t)> audio_level; ///< of raw audio, RFC 6464
        std::function<void(std::string)> warning;
        std::function<void(std::string)> failed;
    };

    /// `first_sink`: the RTP sink of the first layer, in the bin already. `caps` are fixed.
    static Result<std::shared_ptr<SendChain>> create(GstBin* bin, GstPtr<GstElement> first_sink,
                                                     const GstCaps* caps, Config config,
                                                     Handlers handlers);
    SendChain(const SendChain&) = delete;
    SendChain& operator=(const SendChain&) = delete;
    ~SendChain() { remove(); }

    [[nodiscard]] const Fed& fed() const { return fed_; }
    /// The pad that takes what the chain is fed.
    [[nodiscard]] GstPtr<GstPad> head() const { return head_; }
    /// The same kind of media, with other caps.
    void update(const GstCaps* caps);
    /// Asks upstream for a keyframe of a layer; false where nobody there makes any.
    bool force_keyframe(unsigned layer);
    /// Whether this element is one of the chain's RTP sinks, which has had its EOS; true, through
    /// `all`, when every one of them has.
    bool note_eos(GstObject* sink, bool& all);

    /// Whether an EOS that goes in comes out at its sinks.
    [[nodiscard]] bool complete() const { return parsed_ == nullptr || decided_; }

    /// Not on a streaming thread of theirs: one that waits in them comes back.
    void stop() { row_.stop(); }
    /// Takes the elements away, the first sink included.
    void remove() { row_.remove(); }

  private:
    struct Layer {
        std::string rid;
        unsigned divisor = 1; ///< of width and height
        double share = 1;     ///< of the bitrate
        GstElement* size_filter = nullptr;
        GstElement* encoder = nullptr;
        GstPtr<GstElement> sink;
        bool eos = false;
    };

    SendChain(GstBin* bin, GstPtr<GstElement> first_sink, Config config, Handlers handlers);
    Result<void> build(const GstCaps* caps);
    Result<void> build_encoded(Codec codec);
    Result<void> build_raw_video(GstElement* after, const GstCaps* caps);
    Result<void> build_raw_audio(GstElement* after);
    Result<void> build_layer(GstElement* after, Layer& layer, const EncoderPreset& preset);
    Result<void> finish(GstElement* after, Codec codec, Layer& layer);
    Result<void> decode_and_encode(GstElement* after, const GstCaps* caps);
    void plan_layers(const GstCaps* caps);
    void set_sizes(const GstCaps* caps);
    GstPadProbeReturn on_parsed(GstPad* pad, GstBuffer* buffer);

    friend struct SendChainCallbacks;

    GstBin* bin_;
    const Config config_;
    const Handlers handlers_;
    Fed fed_;
    ElementRow row_;
    GstPtr<GstPad> head_;
    std::vector<Layer> layers_;
    EncoderPreset preset_;
    GstElement* parsed_ = nullptr; ///< what follows it comes with the first keyframe
    bool decided_ = false;         ///< ... and has come
    bool first_raw_ = true;        ///< the first picture passes in any case: it is the preroll
};

} // namespace parley::room_elements
