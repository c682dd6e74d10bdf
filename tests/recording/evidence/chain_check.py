"""Checks a chain as docs/recording.md describes it, with nothing of Parley: usage DIR HEAD."""
import hashlib
import json
import pathlib
import sys

folder, expected = pathlib.Path(sys.argv[1]), sys.argv[2]
head = bytes(32)
chunks = {}
for number, line in enumerate((folder / "events.jsonl").read_bytes().splitlines()):
    event = json.loads(line)
    if event["seq"] != number:
        sys.exit(f"line {number + 1}: seq is {event['seq']}")
    if event["prev"] != head.hex():
        sys.exit(f"line {number + 1}: prev is not the head")
    head = hashlib.sha256(head + line).digest()
    if event["type"] in ("chunk-written", "chunk-patched"):
        chunks[event["file"], event["offset"]] = (event["size"], event["sha256"])
for (file, offset), (size, digest) in chunks.items():
    data = (folder / file).read_bytes()[offset : offset + size]
    if hashlib.sha256(data).hexdigest() != digest:
        sys.exit(f"{file} at {offset}: the bytes differ")
if head.hex() != expected:
    sys.exit("the head differs")
manifest = json.loads((folder / "manifest.json").read_text())
if manifest["chain_head"] != expected:
    sys.exit("the manifest has another head")
