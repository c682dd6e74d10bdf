// A pipeline file from anywhere, with values from anywhere: no crash, and a value in quotes or
// behind an equals sign never ends its own token.
#include "tools/pipeline_file.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

/// Reads one unquoted value as GStreamer's lexer does, taking the longest match: an escaped
/// character or any that is no space. True when that match is the whole of `text`.
bool is_one_token(const std::string& text) {
    // `open`: the last backslash can still be read as escaping what follows the value.
    bool open = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool escaped = open;
        const bool space = c == ' ' || (c >= '\t' && c <= '\r');
        if (space && (!escaped || c == '\n')) return false;
        open = c == '\\';
    }
    return !open;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string input{reinterpret_cast<const char*>(data), size};
    // The first line is the value, the rest is the file.
    const auto line = input.find('\n');
    const std::string value = input.substr(0, line);
    const std::string text = line == std::string::npos ? std::string{} : input.substr(line + 1);

    if (value.find('\0') == std::string::npos && value != "" &&
        !is_one_token(parley::tools::quote_value(value))) {
        std::abort();
    }
    const auto file = parley::tools::PipelineFile::parse(text);
    if (!file) return 0;
    parley::tools::Values values;
    for (const auto& variable : file->variables())
        values[variable.name] = value;
    const auto first = file->expand(values);
    const auto second = file->expand(values);
    if (first.has_value() != second.has_value() || (first && *first != *second)) std::abort();
    return 0;
}
