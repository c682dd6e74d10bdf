"""`parley verify` as a user meets it, and the manifest against its schema."""
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

try:
    import jsonschema
except ImportError:
    jsonschema = None

PARLEY = os.environ["PARLEY"]


def verify(*arguments):
    return subprocess.run([PARLEY, "verify", *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, check=False)


class Verify(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.key = self.folder / "key.pem"
        self.public = self.folder / "public.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.key], check=True)
        subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-out", self.public], check=True)
        self.recording = self.folder / "r"

    def record(self, *how):
        subprocess.run([os.environ["FAKE_RECORDING"], self.recording, *map(str, how)], check=True)

    def test_good(self):
        self.record(self.key)
        done = verify(self.recording, "--public-key", self.public)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "^good: nothing was altered")

    def test_incomplete(self):
        self.record(self.key, "crashed")
        done = verify(self.recording)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)

    def test_altered_as_json(self):
        self.record(self.key)
        data = bytearray((self.recording / "ana.mp4").read_bytes())
        data[1500] ^= 1
        (self.recording / "ana.mp4").write_bytes(data)
        done = verify(self.recording, "--json")
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["result"], "altered")
        self.assertIn(("ana.mp4", 1), [(f["file"], f.get("chunk")) for f in told["findings"]])

    def test_anchor(self):
        self.record(self.key)
        head = json.loads((self.recording / "manifest.json").read_text())["chain_head"]
        self.assertEqual(verify(self.recording, "--anchor", head).returncode, 0)
        self.assertEqual(verify(self.recording, "--anchor", "00" * 32).returncode, 2)

    def test_what_cannot_be_verified_is_not_altered(self):
        self.assertEqual(verify(self.folder / "nothing").returncode, 3)
        self.record()
        self.assertEqual(verify(self.recording, "--public-key", self.folder / "none").returncode, 3)
        self.assertEqual(verify(self.recording, "--anchor", "xyz").returncode, 3)
        self.assertEqual(verify().returncode, 3)

    @unittest.skipIf(jsonschema is None, "python3-jsonschema is not installed")
    def test_manifests_fit_the_schema(self):
        schema = json.loads(pathlib.Path(os.environ["PARLEY_SCHEMA"]).read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        for how in ([self.key], ["crashed"]):
            self.recording = self.folder / how[0].__str__().replace("/", "_")
            self.record(*how)
            manifest = json.loads((self.recording / "manifest.json").read_text())
            jsonschema.validate(manifest, schema)
            manifest["files"][0]["size"] = "large"
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(manifest, schema)


if __name__ == "__main__":
    unittest.main()
