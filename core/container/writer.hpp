// Files of encoded media that grow: a header, fragments that are complete in themselves, and at the
// end an index. Nothing that was written is moved or changed by the end but a few bytes which the
// header holds in reserve, so that offsets and hashes of fragments stay valid.
#pragma once

#include "core/base/bytes.hpp"
#include "core/base/result.hpp"
#include "core/base/time.hpp"
#include "core/media/stream_format.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace parley::container {

enum class Kind : std::uint8_t { mp4, webm, matroska };

/// "mp4", "webm", "mkv": also the file's extension.
constexpr std::string_view to_string(Kind kind) {
    switch (kind) {
    case Kind::mp4:
        return "mp4";
    case Kind::webm:
        return "webm";
    case Kind::matroska:
        return "mkv";
    }
    return "";
}

struct TrackSpec {
    media::StreamFormat format;
    std::string name;
};

struct FileSpec {
    std::vector<TrackSpec> tracks;
    std::string title;
    std::string application; ///< what wrote it, with its version
    Duration created{};      ///< since 1970
};

/// Times count from the file's beginning. Samples of a track come in the order of decoding.
struct Sample {
    std::size_t track = 0; ///< of FileSpec::tracks
    Duration pts{};
    Duration dts{}; ///< differs from pts only where pictures are reordered
    Duration duration{};
    bool keyframe = false;
    Bytes data;
};

/// Bytes of the header that are written anew, as many as were there.
struct Patch {
    std::uint64_t offset = 0;
    std::vector<std::uint8_t> bytes;
};

struct Ending {
    std::vector<std::uint8_t> tail; ///< to append
    std::vector<Patch> patches;     ///< to apply after the tail is on disk
};

class Writer {
  public:
    virtual ~Writer() = default;

    /// What the file begins with. Once, and first.
    virtual std::vector<std::uint8_t> header() = 0;
    /// Copies the data.
    virtual void add(const Sample& sample) = 0;
    /// What was added since the last cut, as a fragment to append; empty where there is nothing.
    virtual std::vector<std::uint8_t> cut() = 0;
    /// After the last cut: the index. Tracks last until `end`, as the last sample's duration says
    /// where that is later.
    virtual Ending finish(Duration end) = 0;
};

/// Can the container hold the codec? The error names both, and the containers that can.
Result<void> check(Kind kind, Codec codec);
/// The one that holds all of them and plays in most places: MP4, else WebM, else Matroska.
Kind choose(const std::vector<Codec>& codecs);

/// An error where check() fails, or where there is no track.
Result<std::unique_ptr<Writer>> make_writer(Kind kind, FileSpec spec);

} // namespace parley::container
