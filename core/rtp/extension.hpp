// RTP header extensions: the ones we know by URI, their ids of one peer, and how elements are laid
// out (RFC 8285, one-byte and two-byte headers).
#pragma once

#include "core/base/bytes.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parley::rtp {

enum class Extension : std::uint8_t {
    mid,
    rid,
    repaired_rid,
    audio_level,
    transport_cc,
    abs_send_time,
    abs_capture_time,
    video_orientation,
    playout_delay,
    dependency_descriptor,
};
inline constexpr std::size_t extension_count = 10;
inline constexpr std::array<Extension, extension_count> all_extensions{
    Extension::mid,
    Extension::rid,
    Extension::repaired_rid,
    Extension::audio_level,
    Extension::transport_cc,
    Extension::abs_send_time,
    Extension::abs_capture_time,
    Extension::video_orientation,
    Extension::playout_delay,
    Extension::dependency_descriptor,
};

std::string_view uri(Extension extension);
std::optional<Extension> from_uri(std::string_view uri);

/// The id that we give an extension in every offer of ours. One number for all subscribers keeps
/// the fan-out's work alike and a recycled m-line's extmap stable. All fit the one-byte form.
std::uint8_t canonical_id(Extension extension);

/// The ids that one peer and we agreed on. Within a BUNDLE group one id means one extension
/// (RFC 8843, section 9.4), so one map serves a whole transport.
class ExtensionMap {
  public:
    /// All extensions at their canonical ids, mixed headers allowed.
    static ExtensionMap canonical();

    /// False for id 0, for id 15 (reserved in the one-byte form), and where the id or the extension
    /// is already taken by another. Setting the same pair again is fine.
    bool set(std::uint8_t id, Extension extension);
    void remove(Extension extension);

    /// 0 when the peer has not agreed to it.
    [[nodiscard]] std::uint8_t id(Extension extension) const {
        return ids_[static_cast<std::size_t>(extension)];
    }
    [[nodiscard]] bool has(Extension extension) const { return id(extension) != 0; }
    [[nodiscard]] std::optional<Extension> find(std::uint8_t id) const;

    /// a=extmap-allow-mixed: elements longer than 16 bytes (a dependency descriptor with its
    /// template structure) need the two-byte form.
    [[nodiscard]] bool mixed() const { return mixed_; }
    void set_mixed(bool mixed) { mixed_ = mixed; }

    bool operator==(const ExtensionMap&) const = default;

  private:
    std::array<std::uint8_t, extension_count> ids_{};
    bool mixed_ = false;
};

/// One element of an extension block; `data` points into the packet.
struct ExtensionElement {
    std::uint8_t id = 0;
    Bytes data;
};

/// Walks the elements of a block: `profile` and `block` are what PacketView gives. A truncated
/// element ends the walk.
class ExtensionReader {
  public:
    ExtensionReader(std::uint16_t profile, Bytes block);
    std::optional<ExtensionElement> next();

  private:
    enum class Form : std::uint8_t { none, one_byte, two_byte };
    Bytes rest_;
    Form form_ = Form::none;
};

/// Writes an extension block of one form into a buffer of the caller's: the 4-byte block header,
/// elements, then padding to a 32-bit boundary.
class ExtensionWriter {
  public:
    enum class Form : std::uint8_t { one_byte, two_byte };

    ExtensionWriter(MutBytes buffer, Form form);
    /// False, and nothing written, when the element does not fit the buffer or the form
    /// (one-byte: ids 1 to 14, 1 to 16 bytes; two-byte: ids 1 to 255, 0 to 255 bytes).
    bool add(std::uint8_t id, Bytes data);
    [[nodiscard]] bool empty() const { return size_ == 4; }
    /// Pads, fills the block header in and gives the size of the whole block; 0 when there was no
    /// element, and nothing is to be sent then.
    std::size_t finish();

  private:
    MutBytes buffer_;
    std::size_t size_ = 4;
    Form form_;
};

// --- values ---------------------------------------------------------------------------------

/// RFC 6464: level in -dBov (0 loud, 127 silence) and the sender's own voice detection.
struct AudioLevel {
    std::uint8_t level = 127;
    bool voice = false;

    static constexpr AudioLevel decode(std::uint8_t byte) {
        return {static_cast<std::uint8_t>(byte & 0x7F), (byte & 0x80) != 0};
    }
    [[nodiscard]] constexpr std::uint8_t encode() const {
        return static_cast<std::uint8_t>((voice ? 0x80 : 0) | (level & 0x7F));
    }
    bool operator==(const AudioLevel&) const = default;
};

} // namespace parley::rtp
