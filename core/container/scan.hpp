// Reads what a Writer wrote, whole or cut off anywhere: for recovery and for verification.
#pragma once

#include "core/base/result.hpp"
#include "core/container/writer.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace parley::container {

/// Random access to a file's bytes; the caller owns what is behind it.
class Input {
  public:
    virtual ~Input() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// False where fewer bytes are there, or reading fails.
    [[nodiscard]] virtual bool read(std::uint64_t offset, MutBytes into) const = 0;
};

struct ScannedFragment {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    Duration start{}; ///< of its first sample
    Duration end{};   ///< of its last
};

struct Scanned {
    Kind kind{};
    std::vector<TrackSpec> tracks;
    std::uint64_t header_size = 0;
    std::vector<ScannedFragment> fragments;
    std::uint64_t whole = 0; ///< bytes up to the end of the last complete fragment, or of the index
    bool finished = false;   ///< it has its index, and the header says so
    Duration end{};          ///< of the last sample
};

/// An error where it is no file of ours, or not even the header is there.
Result<Scanned> scan(const Input& input);

/// What finish() would have given for an unfinished file: append the tail at the end of the file
/// (behind a fragment that is cut off, if there is one), then patch. Empty for a finished one.
Result<Ending> complete(const Input& input, const Scanned& scanned);

} // namespace parley::container
