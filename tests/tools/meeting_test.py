"""pipelines/meeting.pipeline under `parley run`: the page is there, and what happens in a room is
told."""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import unittest

PARLEY = os.environ["PARLEY"]
OFFER = pathlib.Path(__file__).resolve().parents[2] / "fuzz/corpus/sdp/chromium-simulcast.sdp"


def free_port():
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        return tcp.getsockname()[1]


class Meeting:
    """A running meeting; its lines of output are read one by one."""

    def __init__(self, *options):
        self.port = free_port()
        self.media_port = free_port()
        self.process = subprocess.Popen(
            [PARLEY, "run", "meeting", f"listen=127.0.0.1:{self.port}", f"port={self.media_port}",
             *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        self.limit = threading.Timer(60, self.process.kill)
        self.limit.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.limit.cancel()
        self.process.kill()
        self.process.communicate()

    def line_with(self, words):
        """The next line that contains these words."""
        seen = []
        for line in self.process.stdout:
            if words in line:
                return line
            seen.append(line)
        raise AssertionError(f"no line with {words!r} in {''.join(seen)}{self.process.stderr.read()}")

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def publish(self, room):
        headers = {"Content-Type": "application/sdp"}
        answer, text = self.request("POST", f"/whip/{room}", OFFER.read_text("utf-8"), headers)
        assert answer.status == 201, text
        return answer.getheader("Location")

    def end(self, number):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


class MeetingTest(unittest.TestCase):
    def test_it_prints_the_address_of_the_page_and_what_happens_in_a_room(self):
        with Meeting() as meeting:
            self.assertIn(f"http://localhost:{meeting.port}", meeting.line_with("Open"))
            answer, page = meeting.request("GET", "/")
            self.assertEqual(answer.status, 200)
            self.assertIn("<html", page)
            session = meeting.publish("call")
            meeting.line_with("call: ")
            meeting.line_with("joined")
            meeting.line_with("publishes")
            self.assertEqual(meeting.request("DELETE", session)[0].status, 200)
            meeting.line_with("left")
            code, _, err = meeting.end(signal.SIGINT)
            self.assertEqual((code, err), (0, ""))

    def test_machines_get_objects(self):
        with Meeting("--json") as meeting:
            started = json.loads(meeting.line_with('"started"'))
            self.assertEqual(started["addresses"], [f"http://localhost:{meeting.port}"])
            meeting.publish("call")
            joined = json.loads(meeting.line_with("participant-joined"))
            self.assertEqual((joined["type"], joined["room"]), ("room", "call"))
            self.assertTrue(joined["participant"])
            published = json.loads(meeting.line_with("track-published"))
            self.assertEqual(published["participant"], joined["participant"])
            self.assertTrue(published["track"].startswith(joined["participant"] + "/"))

    def test_sigterm_drains_and_ends_well(self):
        with Meeting() as meeting:
            meeting.line_with("Open")
            meeting.publish("call")
            meeting.line_with("publishes")
            code, out, err = meeting.end(signal.SIGTERM)
            self.assertEqual((code, err), (0, ""))
            self.assertIn("Draining", out)

    def test_a_port_in_use_is_named_with_the_remedy(self):
        with Meeting() as meeting:
            meeting.line_with("Open")
            done = subprocess.run(
                [PARLEY, "run", "meeting", f"listen=127.0.0.1:{meeting.port}", f"port={free_port()}"],
                capture_output=True, text=True, timeout=60, check=False,
            )
            self.assertEqual(done.returncode, 3)
            self.assertRegex(done.stderr, rf"rtcsignaling.*{meeting.port}.*in use")

    def test_other_machines_are_let_in_only_on_purpose(self):
        done = subprocess.run(
            [PARLEY, "run", "meeting", f"listen=0.0.0.0:{free_port()}", f"port={free_port()}"],
            capture_output=True, text=True, timeout=60, check=False,
        )
        self.assertEqual(done.returncode, 3)
        self.assertIn("jwt-secret", done.stderr)
        self.assertIn("insecure=true", done.stderr)


if __name__ == "__main__":
    unittest.main()
