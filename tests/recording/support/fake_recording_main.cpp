// fake-recording DIR [KEY.pem] [crashed]: a small recording for tests of the command.
#include "tests/recording/support/fake_recording.hpp"

#include <cstdio>
#include <optional>
#include <string_view>

int main(int argc, char** argv) {
    using namespace parley::recording;
    if (argc < 2) return 1;
    std::optional<SigningKey> key;
    bool closed = true;
    for (int i = 2; i < argc; ++i) {
        if (std::string_view{argv[i]} == "crashed") {
            closed = false;
            continue;
        }
        auto loaded = SigningKey::load(argv[i]);
        if (!loaded) {
            std::fprintf(stderr, "%s\n", loaded.error().text.c_str());
            return 1;
        }
        key = std::move(*loaded);
    }
    test::write_fake_recording(argv[1], {.key = key ? &*key : nullptr, .closed = closed});
    return 0;
}
