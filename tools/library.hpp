// Where pipeline files come from: a path, or the name of one that comes with Parley.
#pragma once

#include "core/base/result.hpp"
#include "tools/pipeline_file.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace parley::tools {

/// The folder of the pipelines that come with Parley: PARLEY_DATA_DIR/pipelines where that variable
/// is set (a build that is not installed), else where the build installs them.
std::filesystem::path pipelines_folder();

/// Their names without ".pipeline", sorted.
std::vector<std::string> pipeline_names(const std::filesystem::path& folder);

struct LoadedFile {
    std::filesystem::path path;
    PipelineFile file;
};

/// Reads `wanted`: a path, or failing that a name within `folder`, with or without ".pipeline".
/// "-" is standard input.
Result<LoadedFile> load_pipeline(const std::string& wanted, const std::filesystem::path& folder);

} // namespace parley::tools
