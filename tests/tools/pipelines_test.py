"""The pipelines that come with Parley, each by running it."""
import json
import os
import pathlib
import pty
import select
import signal
import socket
import struct
import subprocess
import time
import unittest

from support.server import PARLEY, Server, until

SUPPORT = pathlib.Path(__file__).parent / "support"
NAMES = {"forward", "meeting", "publish-file", "publish-rtsp", "publish-test-pattern", "rtp-out", "watch", "whep-out",
         "whip-in"}


def make_film(path, video, muxer, audio):
    """Two seconds of a moving picture and a tone."""
    subprocess.run(
        ["gst-launch-1.0", "-q", "videotestsrc", "num-buffers=60", "pattern=ball", "!",
         "video/x-raw,format=I420,width=320,height=240,framerate=30/1", "!", *video.split(), "!", muxer, "name=mux", "!",
         "filesink", f"location={path}",
         "audiotestsrc", "num-buffers=100", "samplesperbuffer=960", "!", "audio/x-raw,rate=48000", "!", *audio.split(), "!",
         "mux."],
        check=True, timeout=60)
    return path


class Listener:
    """What comes by RTP to a port of this machine."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(20)
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def packets(self, count):
        """(sequence number, timestamp) of so many."""
        return [struct.unpack("!HI", self.socket.recv(2000)[2:8]) for _ in range(count)]


def ends(child):
    """As Ctrl-C ends it."""
    child.send_signal(signal.SIGINT)
    return child.wait(20)


class Pipelines(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server().started())
        self.uri = f"uri=unix:{self.server.tap}"

    def in_room(self, room, codecs, packets=50):
        """Waits until a room has tracks of these codecs, and that something comes of each."""
        def arrive():
            tracks = self.server.tracks(room).values()
            return {track["codec"] for track in tracks} == codecs and all(
                track["layers"][0]["packetsReceived"] > packets for track in tracks)
        until(arrive)

    def receive(self, room):
        """Somebody who wants everything."""
        self.server.launch("rtcroomsrc", self.uri, f"room={room}", ":", "fakesink", "async=false")

    def test_all_are_listed_and_described(self):
        listed = subprocess.run([PARLEY, "list"], capture_output=True, text=True, check=True, timeout=20).stdout
        self.assertEqual({line.split()[0] for line in listed.splitlines() if line and not line[0].isspace()} & NAMES, NAMES)
        for name in NAMES:
            text = subprocess.run([PARLEY, "describe", name], capture_output=True, text=True, check=True, timeout=20).stdout
            self.assertNotIn("loop: true", text)
            for line in text.partition("Variables:")[2].splitlines()[1:]:
                self.assertGreater(len(line.split()), 1, f"{name}: {line} says nothing of its variable")

    def test_publish_test_pattern(self):
        child = self.server.run("publish-test-pattern", "room=demo", self.uri, "simulcast=3")
        self.receive("demo")
        self.in_room("demo", {"VP8", "opus"})
        self.assertEqual(len(self.server.tracks("demo")["pattern/camera"]["layers"]), 3)
        self.assertEqual(ends(child), 0)
        until(lambda: not self.server.tracks("demo"))

    def test_publish_file_again_and_again_as_it_is(self):
        films = ((make_film(self.server.path / "film.webm", "vp8enc keyframe-max-dist=30", "webmmux", "opusenc"), "VP8"),
                 (make_film(self.server.path / "film.mp4",
                            "x264enc bframes=0 key-int-max=30 ! video/x-h264,profile=constrained-baseline", "mp4mux",
                            "avenc_aac"), "H264"))
        for film, codec in films:
            with self.subTest(film.name), Listener() as video, Listener() as audio:
                room = codec.lower()
                child = self.server.run("publish-file", f"file={film}", f"room={room}", self.uri)
                self.server.run("rtp-out", f"room={room}", self.uri, "host=127.0.0.1", f"video-port={video.port}",
                                f"audio-port={audio.port}")
                self.in_room(room, {codec, "opus"})
                # More than a round: time goes on, and nothing is published anew.
                heard = audio.packets(250)
                steps = {(later[1] - sooner[1]) % 2**32 for sooner, later in zip(heard, heard[1:])}
                self.assertTrue(steps <= set(range(1, 48000)), steps)
                numbers = [number for number, _ in heard]
                self.assertEqual(numbers, [(numbers[0] + i) % 65536 for i in range(len(numbers))])
                self.assertEqual(len(self.server.tracks(room)), 2)
                self.assertEqual(ends(child), 0)

    def test_publish_file_once(self):
        film = make_film(self.server.path / "film.webm", "vp8enc", "webmmux", "opusenc")
        started = time.monotonic()
        child = self.server.run("--once", "publish-file", f"file={film}", "room=once", self.uri)
        self.assertEqual(child.wait(30), 0)
        self.assertGreater(time.monotonic() - started, 1.9, "in real time, although nobody receives it")

    def test_publish_rtsp(self):
        camera = subprocess.Popen(["/usr/bin/python3", SUPPORT / "rtsp_camera.py"], stdout=subprocess.PIPE, text=True)
        self.server.children.append(camera)
        address = camera.stdout.readline().strip()
        child = self.server.run("publish-rtsp", f"location={address}", "room=rtsp", self.uri)
        self.receive("rtsp")
        self.in_room("rtsp", {"H264", "opus"})
        self.assertEqual(ends(child), 0)

    def test_forward_and_rtp_out(self):
        self.server.run("publish-test-pattern", "room=near", self.uri)
        self.server.run("forward", "from-room=near", "to-room=far", f"from=unix:{self.server.tap}",
                        f"to=unix:{self.server.tap}")
        with Listener() as video, Listener() as audio:
            child = self.server.run("rtp-out", "room=far", self.uri, "host=127.0.0.1", f"video-port={video.port}",
                                    f"audio-port={audio.port}")
            for listener in (video, audio):
                numbers = [number for number, _ in listener.packets(100)]
                self.assertEqual(numbers, [(numbers[0] + i) % 65536 for i in range(len(numbers))])
            self.assertEqual(ends(child), 0)

    def test_watch(self):
        self.server.run("publish-test-pattern", "room=wall", self.uri)
        control = self.server.path / "control"
        child = self.server.run(f"--control={control}", "watch", "room=wall", self.uri, "video-sink=fakesink",
                                "audio-sink=fakesink")

        def shown():
            done = subprocess.run([PARLEY, "ctl", control, "stats"], capture_output=True, text=True, timeout=20, check=False)
            if done.returncode != 0:
                return False
            stats = json.loads(done.stdout)
            return all(stats[sink]["rendered"] > 50 for sink in ("fakesink0", "fakesink1"))

        until(shown)
        self.assertEqual(ends(child), 0)

    def test_an_empty_room_ends_as_well(self):
        for words in (("watch", "room=empty", "video-sink=fakesink", "audio-sink=fakesink"),
                      ("rtp-out", "room=empty", "host=127.0.0.1")):
            with self.subTest(words[0]):
                child = self.server.run(*words, self.uri)
                until(lambda: '"room","state":"playing"' in child.stdout.readline())
                self.assertEqual(ends(child), 0)

    def test_a_terminal_shows_how_it_gets_on(self):
        ours, theirs = pty.openpty()
        child = subprocess.Popen([PARLEY, "run", "publish-test-pattern", "room=tty", self.uri], stdout=theirs, stdin=theirs)
        self.server.children.append(child)
        os.close(theirs)
        self.receive("tty")
        shown = b""
        end = time.monotonic() + 20
        while b"bit/s" not in shown and time.monotonic() < end:
            if select.select([ours], [], [], 0.5)[0]:
                shown += os.read(ours, 4096)
        self.assertRegex(shown.decode(), r"\r\x1b\[K\d:\d\d:\d\d  sink [\d.]+ [kMG]bit/s, [\d.]+/s")
        self.assertEqual(ends(child), 0)
        os.close(ours)


if __name__ == "__main__":
    unittest.main()
