#include "tools/packages.hpp"

#include <gtest/gtest.h>

namespace parley::tools {
namespace {

constexpr auto apt_output = "Package: gstreamer1.0-plugins-good\n"
                            "Version: 1.22.0\n"
                            "Gstreamer-Elements: vp8dec, vp8enc, wavparse\n"
                            "\n"
                            "Package: gstreamer1.0-plugins-ugly\n"
                            "Depends: x264enc\n"
                            "Gstreamer-Elements: x264enc\n";

TEST(Packages, TheOneThatListsTheElementIsFound) {
    EXPECT_EQ(package_in(apt_output, "vp8enc"), "gstreamer1.0-plugins-good");
    EXPECT_EQ(package_in(apt_output, "wavparse"), "gstreamer1.0-plugins-good");
    EXPECT_EQ(package_in(apt_output, "x264enc"), "gstreamer1.0-plugins-ugly");
}

TEST(Packages, PartOfANameIsNoMatch) {
    EXPECT_EQ(package_in(apt_output, "vp8"), std::nullopt);
    EXPECT_EQ(package_in(apt_output, ""), std::nullopt);
    EXPECT_EQ(package_in("", "vp8enc"), std::nullopt);
}

} // namespace
} // namespace parley::tools
