// events.jsonl: an append-only chain. Each line is a JSON object that names the head of the chain
// before it ("prev"); the new head is SHA-256 over the old head's 32 bytes and the line without its
// newline. The first line's prev is 32 zero bytes. Not thread safe.
#pragma once

#include "core/base/result.hpp"
#include "recording/evidence/events.hpp"
#include "recording/evidence/manifest.hpp"
#include "recording/evidence/signing_key.hpp"

#include <memory>
#include <string>

namespace parley::recording {

class Ledger {
  public:
    /// Makes events.jsonl in `folder`; an error where there is one already. `key` may be null and
    /// outlives the ledger.
    static Result<std::unique_ptr<Ledger>> create(const std::string& folder, const SigningKey* key);
    /// Goes on with what a crash left. A last line that is torn stays, ended by a newline; it is no
    /// part of the chain. An error where the recording runs, or the chain does not hold.
    static Result<std::unique_ptr<Ledger>> reopen(const std::string& folder, const SigningKey* key);
    virtual ~Ledger() = default;

    /// Appends a line and applies it to the manifest. On an error (a full disk) nothing of the line
    /// is there, and the event may be appended again. Fills the public key in RecordingStarted.
    virtual Result<void> append(const Event& event) = 0;
    /// Appends a Signature of the head; does nothing without a key, or where nothing is new.
    virtual Result<void> sign(Duration at, Utc utc) = 0;
    /// What was appended is on disk.
    virtual Result<void> sync() = 0;
    /// manifest.json as it is now, atomically (write, fsync, rename, fsync of the folder); when the
    /// recording has ended, signed (manifest.json.sig).
    virtual Result<void> write_manifest() = 0;

    [[nodiscard]] virtual const Digest& head() const = 0;
    [[nodiscard]] virtual const std::string& head_signature() const = 0; ///< the latest, base64
    [[nodiscard]] virtual const Manifest& manifest() const = 0;
};

} // namespace parley::recording
