#include "core/rtp/packet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace parley::rtp {
namespace {

using Buffer = std::vector<std::uint8_t>;

Buffer packet(std::uint8_t first, const Buffer& rest) {
    Buffer out(fixed_header_size + rest.size());
    write_fixed_header(out.data(), {96, true, false, 0x1234, 0xDEADBEEF, Ssrc{0xCAFEF00D}});
    out[0] = first;
    std::copy(rest.begin(), rest.end(), out.begin() + fixed_header_size);
    return out;
}

TEST(PacketView, FixedHeader) {
    const Buffer data = packet(0x80, {1, 2, 3});
    const auto view = PacketView::parse(data);
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->marker());
    EXPECT_EQ(view->payload_type(), 96);
    EXPECT_EQ(view->sequence(), 0x1234);
    EXPECT_EQ(view->timestamp(), 0xDEADBEEF);
    EXPECT_EQ(view->ssrc(), Ssrc{0xCAFEF00D});
    EXPECT_EQ(view->csrc_count(), 0U);
    EXPECT_EQ(view->payload().size(), 3U);
    EXPECT_EQ(view->payload().data(), data.data() + 12);
    EXPECT_EQ(view->header_size(), 12U);
    EXPECT_TRUE(view->find(1).empty());
}

TEST(PacketView, CsrcExtensionAndPaddingTogether) {
    const Buffer data = packet(0xB2, {0,    0,    0, 1, 0,    0,    0, 2, // two CSRCs
                                      0xBE, 0xDE, 0, 1, 0x10, 0x55, 0, 0, // one extension word
                                      9,    8,    7, 0, 0,    3});        // three bytes padding
    const auto view = PacketView::parse(data);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->csrc_count(), 2U);
    EXPECT_EQ(view->csrc(1), Ssrc{2});
    ASSERT_EQ(view->find(1).size(), 1U);
    EXPECT_EQ(view->find(1)[0], 0x55);
    EXPECT_TRUE(view->find(2).empty());
    EXPECT_EQ(view->payload().size(), 3U);
    EXPECT_EQ(view->payload()[0], 9);
    EXPECT_EQ(view->padding_size(), 3U);
    EXPECT_EQ(view->size(), data.size());
}

TEST(PacketView, NothingButPaddingIsAPacketWithoutPayload) {
    const auto view = PacketView::parse(packet(0xA0, {0, 0, 0, 4}));
    ASSERT_TRUE(view);
    EXPECT_TRUE(view->payload().empty());
    EXPECT_EQ(view->padding_size(), 4U);
}

TEST(PacketView, RefusesWhatIsNotRtp) {
    EXPECT_FALSE(PacketView::parse({}));
    EXPECT_FALSE(PacketView::parse(Buffer(11, 0x80))) << "shorter than the fixed header";
    EXPECT_FALSE(PacketView::parse(packet(0x40, {1}))) << "version 1";
    EXPECT_FALSE(PacketView::parse(packet(0xC0, {1}))) << "version 3";
    EXPECT_FALSE(PacketView::parse(packet(0x8F, Buffer(59)))) << "15 CSRCs need 60 bytes";
    EXPECT_TRUE(PacketView::parse(packet(0x8F, Buffer(60))));
    EXPECT_FALSE(PacketView::parse(packet(0x90, {0xBE, 0xDE, 0}))) << "cut extension header";
    EXPECT_FALSE(PacketView::parse(packet(0x90, {0xBE, 0xDE, 0, 2, 0, 0, 0, 0})))
        << "extension longer than the packet";
    EXPECT_FALSE(PacketView::parse(packet(0xA0, {1, 0}))) << "padding of 0";
    EXPECT_FALSE(PacketView::parse(packet(0xA0, {1, 4}))) << "more padding than payload";
    EXPECT_FALSE(PacketView::parse(packet(0xA0, {}))) << "padding count taken from the header";
}

TEST(PacketView, EveryTruncationIsSafe) {
    const Buffer data = packet(0x92, {0, 0, 0, 1, 0, 0, 0, 2, 0x10, 0x00, 0, 2, //
                                      1, 2, 3, 4, 9, 0, 0, 0, 5,    6});
    for (std::size_t size = 0; size <= data.size(); ++size) {
        const Buffer cut(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(size));
        if (const auto view = PacketView::parse(cut)) {
            auto reader = view->extensions();
            while (reader.next()) {
            }
            EXPECT_EQ(view->size(), cut.size());
        }
    }
}

} // namespace
} // namespace parley::rtp
