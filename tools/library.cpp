#include "tools/library.hpp"

#include "tools/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

namespace parley::tools {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view suffix = ".pipeline";
/// Far beyond any description; keeps a mistaken name (a recording, say) from being read whole.
constexpr std::size_t size_limit = 1U << 20U;

bool is_file(const fs::path& path) {
    std::error_code error;
    return fs::exists(path, error) && !fs::is_directory(path, error);
}

Result<std::string> read_all(std::istream& stream, const std::string& name) {
    std::string text(size_limit + 1, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(stream.gcount()));
    if (stream.bad()) return fail(fmt::format("cannot read {}", name));
    if (text.size() > size_limit) {
        return fail(fmt::format("{} is larger than 1 MiB: that is no pipeline file", name));
    }
    return text;
}

} // namespace

fs::path pipelines_folder() {
    const char* data = std::getenv("PARLEY_DATA_DIR");
    return fs::path{data != nullptr && *data != '\0' ? data : PARLEY_DATA_DIR} / "pipelines";
}

std::vector<std::string> pipeline_names(const fs::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry{folder, error}, end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == suffix) names.push_back(entry->path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

Result<LoadedFile> load_pipeline(const std::string& wanted, const fs::path& folder) {
    fs::path path = wanted;
    Result<std::string> text;
    if (wanted == "-") {
        text = read_all(std::cin, "standard input");
    } else {
        const bool is_name = !path.has_parent_path();
        if (!is_file(path) && is_name) {
            const bool has_suffix = path.extension() == suffix;
            path = folder / (has_suffix ? wanted : wanted + std::string{suffix});
        }
        if (!is_file(path)) {
            const auto hint = is_name ? did_you_mean(wanted, pipeline_names(folder)) : "";
            return fail(
                fmt::format("there is no file \"{}\"{}{}", wanted, hint,
                            is_name ? "; `parley list` shows those that come with Parley" : ""));
        }
        std::ifstream stream{path, std::ios::binary};
        if (!stream) {
            return fail(fmt::format("cannot read {}: {}", path.string(), std::strerror(errno)));
        }
        text = read_all(stream, path.string());
    }
    if (!text) return tl::make_unexpected(text.error());
    auto file = PipelineFile::parse(*text);
    if (!file) return fail(fmt::format("{}: {}", path.string(), file.error().text));
    return LoadedFile{std::move(path), std::move(*file)};
}

} // namespace parley::tools
