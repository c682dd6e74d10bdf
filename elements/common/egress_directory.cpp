#include "elements/common/egress_directory.hpp"

#include <list>
#include <mutex>

namespace parley {

namespace {

struct Directory {
    struct Entry {
        std::string server_name;
        EgressControlPtr control;
    };
    std::mutex mutex;
    std::list<Entry> entries; // mutex

    static Directory& instance() {
        static Directory directory;
        return directory;
    }
};

} // namespace

Registration add_egress(std::string server_name, EgressControlPtr control) {
    auto& directory = Directory::instance();
    const std::lock_guard lock{directory.mutex};
    const auto at = directory.entries.insert(directory.entries.end(),
                                             {std::move(server_name), std::move(control)});
    return Registration{[&directory, at] {
        const std::lock_guard guard{directory.mutex};
        directory.entries.erase(at);
    }};
}

std::vector<EgressControlPtr> egresses_of(std::string_view server_name) {
    auto& directory = Directory::instance();
    const std::lock_guard lock{directory.mutex};
    std::vector<EgressControlPtr> found;
    for (const auto& entry : directory.entries) {
        if (entry.server_name == server_name) found.push_back(entry.control);
    }
    return found;
}

} // namespace parley
