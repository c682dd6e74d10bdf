// Control records of a tap, both ways: what is taken prints as JSON that means the same.
#include "core/base/bytes.hpp"
#include "elements/common/json.hpp"
#include "elements/tap/control.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

using namespace parley;

namespace {

void require(bool condition) {
    if (!condition) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = as_text({data, size});
    if (const auto up = tap::parse_up(text)) {
        const auto printed = tap::to_json(*up);
        const auto again = tap::parse_up(printed);
        require(again && tap::to_json(*again) == printed);
    } else {
        const auto& why = up.error().text;
        require(g_utf8_validate_len(why.data(), why.size(), nullptr) != FALSE);
    }
    if (const auto down = tap::parse_down(text); down && *down) {
        const auto printed = tap::to_json(**down);
        const auto again = tap::parse_down(printed);
        require(again && *again && tap::to_json(**again) == printed);
    }
    return 0;
}
