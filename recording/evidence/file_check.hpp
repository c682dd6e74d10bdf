// Compares media files with what the chain says of them. Reads each once, in pieces.
#pragma once

#include "recording/evidence/chain.hpp"
#include "recording/evidence/recovery.hpp"

namespace parley::recording {

/// `recovery` may be null. Adds the bytes read to `bytes`.
Findings check_files(const std::string& folder, const Chain& chain,
                     const RecoveryStatement* recovery, std::uint64_t& bytes);

} // namespace parley::recording
