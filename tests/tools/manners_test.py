"""rtcroomsrc in gst-launch as people write it: `!`, `:`, `-e`, pads that nobody links, and what is left behind."""
import os
import re
import signal
import socket
import subprocess
import unittest

from support.server import Server, until

SECONDS_EMPTY = float(os.environ.get("PARLEY_EMPTY_SECONDS", "2"))


class Listener:
    """Packets that come to a UDP port."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.words = ["udpsink", "host=127.0.0.1", f"port={self.socket.getsockname()[1]}", "async=false"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def hears(self, limit=20):
        self.socket.settimeout(limit)
        for _ in range(20):
            self.socket.recv(2000)

    def hears_nothing(self, seconds):
        """Of what is still on its way, the last is over soon."""
        until(lambda: not self.waiting(0.5))
        return not self.waiting(seconds)

    def waiting(self, seconds):
        self.socket.settimeout(seconds)
        try:
            self.socket.recv(2000)
            return True
        except TimeoutError:
            return False


class Manners(unittest.TestCase):
    def test_one_leaves_another_comes_and_nothing_ends(self):
        """Through a sink that tells tracks apart, and through a stock one behind a pad that stays."""
        for link in (":", "!"):
            with self.subTest(link), Server().started() as server, Listener() as listener:
                room = f"uri=unix:{server.tap} room=far".split()
                if link == ":":
                    server.launch("rtcroomsrc", *room, "media=audio", "tracks=stable", "!", *listener.words)
                    pipeline = server.launch("-e", "rtcroomsrc", f"uri=unix:{server.tap}", "room=a", ":", "rtcroomsink",
                                             *room, "participant=bridge")
                else:
                    pipeline = server.launch("-e", "rtcroomsrc", f"uri=unix:{server.tap}", "room=a", "media=audio",
                                             "tracks=stable", "!", *listener.words)
                for _ in range(2):
                    publisher = server.publish("a")
                    listener.hears()
                    publisher.kill()
                    publisher.wait()
                    self.assertTrue(listener.hears_nothing(SECONDS_EMPTY))
                    self.assertIsNone(pipeline.poll(), "an empty room is waited in")
                pipeline.send_signal(signal.SIGINT)
                self.assertEqual(pipeline.wait(20), 0)

    def test_the_end_of_a_track_is_not_that_of_the_pipeline(self):
        with Server().started() as server, Listener() as listener:
            pipeline = server.launch("-e", "rtcroomsrc", f"uri=unix:{server.tap}", "room=a", "media=audio", "!",
                                     *listener.words)
            publisher = server.publish("a")
            listener.hears()
            publisher.kill()
            publisher.wait()
            self.assertTrue(listener.hears_nothing(SECONDS_EMPTY))
            self.assertIsNone(pipeline.poll())
            pipeline.send_signal(signal.SIGINT)
            self.assertEqual(pipeline.wait(20), 0)

    def test_pads_that_nobody_links_are_no_error(self):
        with Server().started() as server, Listener() as listener:
            pipeline = server.launch("-e", "rtcroomsrc", "name=r", f"uri=unix:{server.tap}", "room=a",
                                     "rtcroomsrc", f"uri=unix:{server.tap}", "room=a", "media=audio", "!", *listener.words)
            server.publish("a")
            listener.hears()
            self.assertIsNone(pipeline.poll())
            pipeline.send_signal(signal.SIGINT)
            self.assertEqual(pipeline.wait(20), 0)

    def test_nothing_is_left_behind(self):
        """GStreamer's own tracer of leaks, which sees what LeakSanitizer does not."""
        for words in (
            "rtcsignaling listen=127.0.0.1:0 rtcsfu port=PORT",
            "rtcsfu port=PORT videotestsrc num-buffers=30 is-live=true ! rtcroomsink room=a",
            "rtcsfu port=PORT audiotestsrc num-buffers=60 is-live=true ! rtcroomsink room=a "
            "rtcroomsrc room=a output=raw : fakesink async=false",
            "rtcsfu port=PORT videotestsrc num-buffers=60 is-live=true ! rtcroomsink room=a "
            "rtcroomsrc room=a tracks=stable output=encoded : fakesink async=false",
        ):
            with self.subTest(words), socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
                probe.close()
                environment = {**os.environ, "GST_TRACERS": "leaks", "GST_DEBUG": "GST_TRACER:7", "GST_DEBUG_NO_COLOR": "1"}
                child = subprocess.Popen(["gst-launch-1.0", "-q", *words.replace("PORT", str(port)).split()],
                                         stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, env=environment)
                try:
                    child.wait(4)
                except subprocess.TimeoutExpired:
                    child.send_signal(signal.SIGINT)
                traces = child.communicate(timeout=20)[1]
                self.assertEqual(child.returncode, 0, traces[-2000:])
                self.assertIn("GST_TRACER", traces)
                self.assertEqual(re.findall(r"object-alive, type-name=.string.Gst.*", traces), [])


if __name__ == "__main__":
    unittest.main()
