#include "tools/spelling.hpp"

#include <gtest/gtest.h>

namespace parley::tools {
namespace {

TEST(Spelling, DistanceCountsAddedDroppedChangedAndSwappedLetters) {
    EXPECT_EQ(edit_distance("port", "port"), 0U);
    EXPECT_EQ(edit_distance("port", "prot"), 1U);
    EXPECT_EQ(edit_distance("port", "por"), 1U);
    EXPECT_EQ(edit_distance("port", "ports"), 1U);
    EXPECT_EQ(edit_distance("port", "pork"), 1U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("listen", "silent"), 4U);
}

TEST(Spelling, ASlipIsUnderstoodAndAnotherWordIsNot) {
    const std::vector<std::string> known{"listen", "port", "jwt-secret"};
    EXPECT_EQ(nearest("lisen", known), "listen");
    EXPECT_EQ(nearest("jwt_secret", known), "jwt-secret");
    EXPECT_EQ(nearest("bandwidth", known), std::nullopt);
    EXPECT_EQ(did_you_mean("prot", known), " (did you mean \"port\"?)");
    EXPECT_EQ(did_you_mean("bandwidth", known), "");
}

} // namespace
} // namespace parley::tools
