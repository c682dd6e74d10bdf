"""rtcegress: a pipeline for each matching room, in a process of its own."""
import os
import signal
import socket
import struct
import threading
import time
import unittest

from support.server import Server, alive, until

RECORD = """# Writes what the first speaker of a room says.
#
# room: the room
# folder: where the file goes
rtcroomsrc name=room room=${room} media=audio participants=tone output=encoded
  ! opusparse name=parse ! oggmux ! filesink name=file async=false location=${folder}/${room}.ogg
"""


def is_finalised(path):
    """The last page of an Ogg file says that it is."""
    data = path.read_bytes()
    last = data.rfind(b"OggS")
    return last >= 0 and data[last + 5] & 4 != 0


EGRESS = "rtcegress name=rec template=TEMPLATE rooms=show-* linger=500 variables=\"folder=FOLDER\""


class Egress(unittest.TestCase):
    def test_follows_a_room(self):
        with Server(EGRESS, RECORD).started() as server:
            self.assertEqual(server.ask("/egress"), {"egress": []})
            other = server.publish("other")
            publisher = server.publish("show-1")
            server.wait_for(type="egress", kind="running", room="show-1")
            (info,) = server.ask("/egress")["egress"]
            self.assertEqual((info["id"], info["room"], info["state"]), ("rec-1", "show-1", "running"))
            file = server.path / "show-1.ogg"
            until(lambda: file.exists() and file.stat().st_size > 4000)
            publisher.send_signal(signal.SIGKILL)
            server.wait_for(type="egress", kind="ended", room="show-1")
            self.assertTrue(is_finalised(file))
            self.assertFalse(alive(info["pid"]))
            until(lambda: server.ask("/egress") == {"egress": []})
            other.send_signal(signal.SIGINT)

    def test_is_steered_by_http(self):
        with Server(EGRESS, RECORD).started() as server:
            server.publish("show-1")
            server.wait_for(type="egress", kind="running")
            names = {one["name"] for one in server.ask("/egress/rec-1/elements")}
            self.assertLessEqual({"room", "parse", "file"}, names)
            self.assertEqual(server.ask("/egress/rec-1/elements/room")["room"], "show-1")
            self.assertEqual(server.ask("/egress/rec-1/elements/room/properties/latency"), 200)
            server.ask("/egress/rec-1/elements/parse/properties/disable-passthrough", "PUT", "true")
            self.assertIs(server.ask("/egress/rec-1/elements/parse/properties/disable-passthrough"), True)
            self.assertIn("room", server.ask("/egress/rec-1/stats"))
            self.assertEqual(server.refused("/egress/rec-9")[0], 404)
            self.assertEqual(server.refused("/egress/rec-1/nonesuch")[0], 404)
            self.assertEqual(server.refused("/egress/rec-1/elements/room/properties/latency", "POST")[0], 405)
            self.assertEqual(server.refused("/egress/rec-1/elements/room/properties/latency", "PUT", "{")[0], 400)
            status, text = server.refused("/egress/rec-1/elements/roam/properties/latency")
            self.assertEqual(status, 422)
            self.assertIn('did you mean "room"', text)
            status, text = server.refused("/egress/rec-1/elements/file/actions/explode", "POST", "[]")
            self.assertEqual(status, 422)
            file = server.path / "show-1.ogg"
            until(lambda: file.exists() and file.stat().st_size > 4000)
            server.ask("/egress/rec-1", "DELETE")
            server.wait_for(type="egress", kind="ended")
            self.assertTrue(is_finalised(file))
            self.assertEqual(server.ask("/egress/rec-1")["state"], "ended")
            self.assertEqual(server.refused("/egress/rec-1/stats")[0], 409)

    def test_a_child_that_is_killed_disturbs_nobody_and_comes_again(self):
        with Server(EGRESS, RECORD).started() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            listener.bind(("127.0.0.1", 0))
            listener.settimeout(20)
            server.publish("show-1")
            number, _ = server.wait_for(type="egress", kind="running")
            server.launch("rtcroomsrc", f"uri=unix:{server.tap}", "room=show-1", "!", "udpsink", "host=127.0.0.1",
                          f"port={listener.getsockname()[1]}", "async=false")
            heard = []

            def listen():
                try:
                    while True:
                        heard.append((struct.unpack("!H", listener.recv(2000)[2:4])[0], time.monotonic()))
                except TimeoutError:
                    pass

            listening = threading.Thread(target=listen)
            listening.start()

            def hear_more():
                enough = len(heard) + 50
                until(lambda: len(heard) > enough)

            hear_more()
            before = len(heard)
            for how in (signal.SIGKILL, signal.SIGSEGV):
                os.kill(server.ask("/egress/rec-1")["pid"], how)
                number, line = server.wait_for(type="egress", kind="waiting", after=number)
                self.assertIn(how.name, line["text"])
                number, _ = server.wait_for(type="egress", kind="running", after=number)
                hear_more()
            self.assertEqual(server.ask("/egress/rec-1")["restarts"], 2)
            listener.settimeout(0.1)
            server.children[0].kill()
            listening.join()
            numbers = [one[0] for one in heard]
            self.assertEqual(numbers, [(numbers[0] + i) % 65536 for i in range(len(numbers))])
            gaps = [later[1] - sooner[1] for sooner, later in zip(heard[before:], heard[before + 1:])]
            print(f"longest gap of another listener: {max(gaps) * 1000:.0f} ms", end=" ")

    def test_no_child_outlives_the_parent(self):
        with Server(EGRESS, RECORD).started() as server:
            server.publish("show-1")
            server.wait_for(type="egress", kind="running")
            pid = server.ask("/egress/rec-1")["pid"]
            file = server.path / "show-1.ogg"
            until(lambda: file.exists() and file.stat().st_size > 4000)
            server.process.kill()
            until(lambda: not alive(pid), limit=10)
            self.assertTrue(is_finalised(file))

    def test_ctrl_c_finalises_and_ends_in_time(self):
        with Server(EGRESS, RECORD).started() as server:
            server.publish("show-1")
            server.wait_for(type="egress", kind="running")
            file = server.path / "show-1.ogg"
            until(lambda: file.exists() and file.stat().st_size > 4000)
            server.process.send_signal(signal.SIGINT)
            self.assertEqual(server.process.wait(20), 0)
            self.assertTrue(is_finalised(file))

    def test_always_needs_nobody(self):
        with Server(EGRESS.replace("show-*", "lobby on=always"), RECORD).started() as server:
            server.wait_for(type="egress", kind="running", room="lobby")

    def test_a_bad_template_is_told_at_once(self):
        for egress, words in (
            ("rtcegress", "template is not set"),
            ("rtcegress template=/nonesuch.pipeline", "/nonesuch.pipeline"),
            ("rtcegress template=TEMPLATE", "folder"),
            ("rtcegress template=TEMPLATE variables=\"folder=x foldr=y\"", "foldr"),
            ("rtcegress template=TEMPLATE variables=folder", "name=value"),
        ):
            with self.subTest(egress), Server(egress, RECORD) as server:
                self.assertEqual(server.process.wait(20), 3)
                _, line = server.wait_for(type="error")
                self.assertIn(words, line["text"])

    def test_a_child_that_cannot_work_says_why(self):
        broken = RECORD.replace("${folder}", "/nonesuch/${folder}")
        with Server(EGRESS, broken).started() as server:
            server.publish("show-1")
            _, line = server.wait_for(type="egress", kind="waiting")
            self.assertIn("/nonesuch", line["text"])


if __name__ == "__main__":
    unittest.main()
