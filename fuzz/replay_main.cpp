// Stands in for libFuzzer where there is none: gives each file of the named folders (or each named
// file) to the target once. The first folder must have some; a missing further one is no error.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

void replay(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{stream}, {}};
    std::fprintf(stderr, "%s\n", file.c_str()); // the last one named is the one that crashed
    // A copy of exactly its size, so that sanitizers see every byte read past it.
    const std::vector<std::uint8_t> input{bytes.begin(), bytes.end()};
    LLVMFuzzerTestOneInput(input.data(), input.size());
}

} // namespace

int main(int argc, char** argv) {
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        const std::filesystem::path path{argv[i]};
        std::vector<std::filesystem::path> files;
        if (std::filesystem::is_directory(path)) {
            for (const auto& entry : std::filesystem::directory_iterator{path}) {
                if (entry.is_regular_file()) files.push_back(entry.path());
            }
        } else if (std::filesystem::exists(path)) {
            files.push_back(path);
        }
        if (i == 1 && files.empty()) {
            std::fprintf(stderr, "no input in %s\n", path.c_str());
            return 1;
        }
        std::sort(files.begin(), files.end());
        for (const auto& file : files)
            replay(file);
        count += files.size();
    }
    std::fprintf(stderr, "%zu inputs\n", count);
    return 0;
}
