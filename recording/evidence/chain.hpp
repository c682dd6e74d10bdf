// Reads events.jsonl: whether each line follows from the one before, what the lines add up to, and
// what they say that the files hold.
#pragma once

#include "recording/evidence/finding.hpp"
#include "recording/evidence/manifest.hpp"
#include "recording/evidence/signing_key.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace parley::recording {

struct ChunkState {
    ChunkWritten about; ///< with the hash of the latest patch
    /// Before that patch. A crash may come between the line and the bytes.
    std::optional<Digest> unpatched;
};

struct FileState {
    std::vector<ChunkState> chunks;
    std::optional<FileClosed> closed;
};

struct Chain {
    Findings findings;
    Manifest manifest;
    std::map<std::string, FileState> files;
    std::uint64_t events = 0;
    std::uint64_t signed_events = 0; ///< up to the latest signature that verifies
    bool broken = false;             ///< lines do not follow from one another
    bool running = false;            ///< somebody is writing it
    bool anchor_seen = false;
    /// manifest.json as it was after the asked number of events.
    std::optional<std::string> snapshot;
    std::optional<PublicKey> key; ///< that the recording names
};

/// An error where there is no events.jsonl that can be read. `anchor` may be null.
Result<Chain> read_chain(const std::string& folder, std::uint64_t snapshot_at,
                         const Digest* anchor);

} // namespace parley::recording
