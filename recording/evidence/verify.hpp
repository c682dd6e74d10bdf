// Whether a recording is what was recorded. Needs no key of the recording's encryption: hashes are
// over the bytes as they are stored.
#pragma once

#include "core/base/result.hpp"
#include "recording/evidence/finding.hpp"
#include "recording/evidence/manifest.hpp"
#include "recording/evidence/signing_key.hpp"

#include <optional>
#include <string>

namespace parley::recording {

struct VerifyOptions {
    const PublicKey* key = nullptr; ///< who must have signed; null: whoever the recording names
    std::optional<Digest> anchor;   ///< a head that was kept elsewhere and has to be in the chain
};

struct Verification {
    Severity result{};         ///< the worst of the findings
    std::string state;         ///< "running", "cut off", "recovered", "closed"
    Manifest manifest;         ///< as the events have it
    std::string signer;        ///< fingerprint; empty: unsigned
    bool signer_known = false; ///< it is the key that was given
    std::uint64_t signed_events = 0;
    std::uint64_t bytes = 0; ///< of media
    Findings findings;
};

/// An error where there is no recording to be read. Alters nothing.
Result<Verification> verify(const std::string& folder, const VerifyOptions& options = {});

/// For people, and as JSON. Control characters that a name may hold do not come through.
std::string to_text(const Verification& verification);
std::string to_json(const Verification& verification);

} // namespace parley::recording
