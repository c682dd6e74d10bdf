// recovery.json: what `parley recover` did to files that a crash left behind. It is no part of the
// chain, which ended with the crash, and is signed apart.
#pragma once

#include "core/base/result.hpp"
#include "recording/evidence/events.hpp"
#include "recording/evidence/signing_key.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace parley::recording {

struct RecoveryStatement {
    struct Range {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
        Digest sha256{};
    };
    struct File {
        std::string file;
        std::uint64_t old_size = 0; ///< with what was written behind the last chunk
        Range appended;             ///< at old_size; size 0: nothing
        /// Header chunks as they are now. No other chunk may be patched: a statement must not be
        /// able to replace media.
        std::vector<Range> patched;
        std::uint64_t lost_ms = 0;
    };
    Utc utc{};
    std::string software;
    Digest chain_head{};
    std::vector<File> files;
};

/// Ends with a newline.
std::string print_recovery(const RecoveryStatement& statement);
Result<RecoveryStatement> parse_recovery(std::string_view text);
/// recovery.json and, with a key, recovery.json.sig.
Result<void> write_recovery(const std::string& folder, const RecoveryStatement& statement,
                            const SigningKey* key);

} // namespace parley::recording
