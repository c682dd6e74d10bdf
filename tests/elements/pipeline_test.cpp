// The elements in pipelines: how they meet, start, stop and end.
#include "elements/common/gst_ptr.hpp"
#include "tests/elements/support/http_client.hpp"
#include "tests/elements/support/pipeline.hpp"

#include <fmt/format.h>
#include <gst/gst.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <unistd.h>

#include <csignal>

namespace parley::test {
namespace {

unsigned readiness(unsigned port) {
    try {
        return http(port, {"GET", "/readyz", {}, {}}).status;
    } catch (const std::exception&) {
        return 0;
    }
}

class Elements : public testing::Test {
  protected:
    std::string signaling(const char* more = "") const {
        return fmt::format("rtcsignaling name=sig listen=127.0.0.1:{} {} ", port, more);
    }
    std::string sfu(const char* more = "") const {
        return fmt::format("rtcsfu name=sfu port={} {} ", media_port, more);
    }

    unsigned port = free_port();
    unsigned media_port = free_port();
};

TEST_F(Elements, MeetInEitherOrderAndTwice) {
    for (const auto& description : {signaling() + sfu(), sfu() + signaling()}) {
        Pipeline pipeline{description};
        for (int round = 0; round < 2; ++round) {
            ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING)) << pipeline.error(0);
            EXPECT_EQ(readiness(port), 200U) << description << round;
            ASSERT_TRUE(pipeline.set(GST_STATE_NULL));
            EXPECT_EQ(readiness(port), 0U) << "closed";
        }
    }
}

TEST_F(Elements, MeetInsideBins) {
    Pipeline pipeline{fmt::format("bin.( {} ) bin.( {} )", signaling(), sfu())};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING)) << pipeline.error(0);
    EXPECT_EQ(readiness(port), 200U);
}

TEST_F(Elements, EachWaitsForTheOtherWithoutBlocking) {
    Pipeline server{signaling()};
    ASSERT_TRUE(server.set(GST_STATE_PLAYING));
    EXPECT_EQ(readiness(port), 503U);
    {
        // Another pipeline of the process: found by server-name.
        Pipeline media{sfu()};
        ASSERT_TRUE(media.set(GST_STATE_PLAYING)) << media.error(0);
        EXPECT_EQ(readiness(port), 200U);
    }
    EXPECT_EQ(readiness(port), 503U) << "taken away again";
}

TEST_F(Elements, OfAnotherNameDoNotMeet) {
    Pipeline pipeline{signaling("server-name=a") + sfu("server-name=b")};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    EXPECT_EQ(readiness(port), 503U);
}

TEST_F(Elements, TwoOfOneNameIsAnErrorThatNamesBoth) {
    Pipeline pipeline{
        fmt::format("rtcsfu name=one port={} rtcsfu name=two port={}", free_port(), free_port())};
    EXPECT_FALSE(pipeline.set(GST_STATE_PLAYING));
    const auto text = pipeline.error();
    EXPECT_NE(text.find("one"), std::string::npos) << text;
    EXPECT_NE(text.find("two"), std::string::npos) << text;
    EXPECT_NE(text.find("server-name"), std::string::npos) << text;
}

TEST_F(Elements, TwoServersElsewhereAreAnErrorThatNamesBoth) {
    Pipeline first{fmt::format("rtcsfu name=one port={}", free_port())};
    Pipeline second{fmt::format("rtcsfu name=two port={}", free_port())};
    ASSERT_TRUE(first.set(GST_STATE_PLAYING));
    ASSERT_TRUE(second.set(GST_STATE_PLAYING));
    Pipeline lonely{signaling()};
    lonely.set(GST_STATE_PLAYING);
    const auto text = lonely.error();
    EXPECT_NE(text.find("one"), std::string::npos) << text;
    EXPECT_NE(text.find("two"), std::string::npos) << text;
}

TEST_F(Elements, PortsInUseAreNamed) {
    Pipeline first{signaling() + sfu()};
    ASSERT_TRUE(first.set(GST_STATE_PLAYING));
    Pipeline second{fmt::format("rtcsignaling server-name=x listen=127.0.0.1:{}", port)};
    EXPECT_FALSE(second.set(GST_STATE_PLAYING));
    EXPECT_NE(second.error().find(std::to_string(port)), std::string::npos);
    Pipeline third{fmt::format("rtcsfu server-name=x port={}", media_port)};
    EXPECT_FALSE(third.set(GST_STATE_PLAYING));
    EXPECT_NE(third.error().find(std::to_string(media_port)), std::string::npos);
}

TEST_F(Elements, AnOpenListenIsRefusedWithBothRemedies) {
    Pipeline pipeline{fmt::format("rtcsignaling listen=0.0.0.0:{}", port)};
    EXPECT_FALSE(pipeline.set(GST_STATE_READY));
    const auto text = pipeline.error();
    EXPECT_NE(text.find("jwt-secret"), std::string::npos) << text;
    EXPECT_NE(text.find("insecure=true"), std::string::npos) << text;
}

TEST_F(Elements, EndOnAnEosSentToThePipeline) {
    Pipeline pipeline{signaling() + sfu()};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    ASSERT_TRUE(gst_element_send_event(pipeline.get(), gst_event_new_eos()));
    EXPECT_TRUE(pipeline.wait_for(GST_MESSAGE_EOS));
}

TEST_F(Elements, DoNotEndWithTheStreamsBesideThem) {
    Pipeline pipeline{signaling() + sfu() + "fakesrc num-buffers=1 ! fakesink"};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    EXPECT_FALSE(pipeline.wait_for(GST_MESSAGE_EOS, 0.3));
    EXPECT_EQ(readiness(port), 200U);
}

TEST_F(Elements, SayWhatHappensInARoom) {
    Pipeline pipeline{signaling() + sfu()};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    const auto socket = WebSocket::connect(port);
    ASSERT_TRUE(socket);
    socket->send(R"({"type":"join","room":"call","name":"Ada"})");
    const auto joined = socket->receive_type("joined");
    ASSERT_TRUE(joined);
    std::vector<std::string> events;
    while (events.size() < 2) {
        const auto message = pipeline.wait_for(GST_MESSAGE_ELEMENT);
        ASSERT_TRUE(message);
        const auto* structure = gst_message_get_structure(message.get());
        ASSERT_TRUE(gst_structure_has_name(structure, "parley-room"));
        EXPECT_STREQ(gst_structure_get_string(structure, "room"), "call");
        events.emplace_back(gst_structure_get_string(structure, "event"));
    }
    EXPECT_EQ(events, (std::vector<std::string>{"room-opened", "participant-joined"}));

    GstStructure* raw = nullptr;
    g_object_get(pipeline.child("sfu").get(), "stats", &raw, nullptr);
    const GstStructurePtr stats{raw};
    ASSERT_TRUE(stats);
    const auto* workers = gst_structure_get_value(stats.get(), "workers");
    ASSERT_TRUE(workers && GST_VALUE_HOLDS_ARRAY(workers));
    ASSERT_EQ(gst_value_array_get_size(workers), 1U);
    const auto* worker = gst_value_get_structure(gst_value_array_get_value(workers, 0));
    const auto* rooms = gst_structure_get_value(worker, "rooms");
    ASSERT_EQ(gst_value_array_get_size(rooms), 1U);
    EXPECT_STREQ(gst_structure_get_string(
                     gst_value_get_structure(gst_value_array_get_value(rooms, 0)), "name"),
                 "call");

    ASSERT_TRUE(pipeline.set(GST_STATE_READY));
    EXPECT_TRUE(socket->receive_type("left"));
    EXPECT_EQ(socket->wait_closed(), 1001);
}

TEST_F(Elements, DrainIsAnActionSignal) {
    Pipeline pipeline{signaling("drain-timeout=0") + sfu()};
    ASSERT_TRUE(pipeline.set(GST_STATE_PLAYING));
    g_signal_emit_by_name(pipeline.child("sig").get(), "drain");
    for (int i = 0; i < 1000 && readiness(port) != 503U; ++i)
        g_usleep(1000);
    EXPECT_EQ(readiness(port), 503U);
    while (const auto message = pipeline.wait_for(GST_MESSAGE_ELEMENT)) {
        if (gst_message_has_name(message.get(), "parley-drained")) return;
    }
    FAIL() << "nobody says that the last client has gone";
}

TEST_F(Elements, SecretsAreNotReadBack) {
    Pipeline pipeline{signaling("jwt-secret=x turn-secret=y")};
    auto* klass = G_OBJECT_GET_CLASS(pipeline.child("sig").get());
    for (const auto* name : {"jwt-secret", "turn-secret"}) {
        EXPECT_FALSE(g_object_class_find_property(klass, name)->flags & G_PARAM_READABLE) << name;
    }
}

// gst-launch-1.0 itself, as a person starts it and ends it by Ctrl-C.
int run_gst_launch(const std::vector<std::string>& arguments, unsigned port) {
    std::vector<std::string> all{"gst-launch-1.0", "-q"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& a : all)
        argv.push_back(a.data());
    argv.push_back(nullptr);
    GPid pid = 0;
    GErrorOut error;
    if (!g_spawn_async(nullptr, argv.data(), nullptr,
                       static_cast<GSpawnFlags>(G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD),
                       nullptr, nullptr, &pid, error)) {
        ADD_FAILURE() << error.message();
        return -1;
    }
    for (int i = 0; i < 1000 && readiness(port) != 200U; ++i)
        g_usleep(10'000);
    EXPECT_EQ(readiness(port), 200U);
    ::kill(pid, SIGINT);
    int status = -1;
    for (int i = 0; i < 1000; ++i) {
        if (::waitpid(pid, &status, WNOHANG) == pid) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : -2;
        }
        g_usleep(10'000);
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, &status, 0);
    return -3; // hung
}

TEST_F(Elements, UnderGstLaunchInEitherOrderEndOnCtrlC) {
    const auto listen = fmt::format("listen=127.0.0.1:{}", port);
    const auto media = fmt::format("port={}", media_port);
    for (const bool eos : {false, true}) {
        for (const bool sfu_first : {false, true}) {
            std::vector<std::string> arguments;
            if (eos) arguments.emplace_back("-e");
            if (sfu_first) arguments.insert(arguments.end(), {"rtcsfu", media});
            arguments.insert(arguments.end(), {"rtcsignaling", listen});
            if (!sfu_first) arguments.insert(arguments.end(), {"rtcsfu", media});
            EXPECT_EQ(run_gst_launch(arguments, port), 0) << "-e: " << eos << sfu_first;
        }
    }
}

} // namespace
} // namespace parley::test

int main(int argc, char** argv) {
    gst_init(&argc, &argv);
    testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
