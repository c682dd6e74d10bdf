// The ```json blocks of a document, which is the contract.
#pragma once

#include <fstream>
#include <string>
#include <vector>

namespace parley::test {

/// Those of the section "## `section`" of a file of docs/.
inline std::vector<std::string> examples(const std::string& document, const std::string& section) {
    std::ifstream file{PARLEY_SOURCE_DIR "/docs/" + document};
    std::vector<std::string> found;
    std::string line;
    std::string current;
    bool in_section = false;
    bool in_block = false;
    while (std::getline(file, line)) {
        if (line.rfind("## ", 0) == 0) in_section = line == "## " + section;
        if (!in_section) continue;
        if (line == "```json") {
            in_block = true;
            current.clear();
        } else if (line == "```" && in_block) {
            in_block = false;
            found.push_back(current);
        } else if (in_block) {
            current += line;
        }
    }
    return found;
}

} // namespace parley::test
