// What verification found, in words that name the file, the chunk and what is wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parley::recording {

enum class Severity : std::uint8_t {
    note,       ///< good to know
    incomplete, ///< something is not there, or not proven; nothing shows an alteration
    altered,
};

struct Finding {
    Severity severity{};
    std::string file;                   ///< within the recording
    std::optional<std::uint64_t> line;  ///< of events.jsonl, from 1
    std::optional<std::uint64_t> chunk; ///< of a media file, from 0: the header
    std::string text;
};

using Findings = std::vector<Finding>;

} // namespace parley::recording
