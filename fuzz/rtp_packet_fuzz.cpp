// RTP packets and their header extensions: whatever parses lies within the datagram, and what is
// written again parses to the same.
#include "core/rtp/packet.hpp"

#include <cstdint>
#include <cstdlib>
#include <vector>

using namespace parley;
using namespace parley::rtp;

namespace {
void require(bool condition) {
    if (!condition) std::abort();
}
} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::vector<std::uint8_t> datagram(data, data + size);
    const auto view = PacketView::parse(datagram);
    if (!view) return 0;
    require(view->size() == datagram.size());
    require(view->header_size() >= fixed_header_size);
    const Bytes payload = view->payload();
    require(payload.data() >= datagram.data());
    require(payload.data() + payload.size() <= datagram.data() + datagram.size());
    for (std::size_t i = 0; i < view->csrc_count(); ++i)
        (void)view->csrc(i);

    std::vector<std::uint8_t> block(4 + 2 * datagram.size() + 8);
    ExtensionWriter writer{block, ExtensionWriter::Form::two_byte};
    std::vector<ExtensionElement> elements;
    auto reader = view->extensions();
    while (const auto element = reader.next()) {
        require(element->id != 0);
        require(element->data.data() >= datagram.data() &&
                element->data.data() + element->data.size() <= payload.data());
        require(writer.add(element->id, element->data));
        elements.push_back(*element);
    }
    const std::size_t written = writer.finish();
    if (elements.empty()) return 0;
    ExtensionReader again{load_be16(block.data()), Bytes{block}.subspan(4, written - 4)};
    for (const ExtensionElement& element : elements) {
        const auto copy = again.next();
        require(copy && copy->id == element.id && copy->data.size() == element.data.size());
    }
    require(!again.next());
    require(view->find(elements.front().id).data() == elements.front().data.data());
    return 0;
}
