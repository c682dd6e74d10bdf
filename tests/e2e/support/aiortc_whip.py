"""Publishes a video and an audio file by WHIP with aiortc, over and over, until interrupted.

aiortc_whip.py URL VIDEO AUDIO
"""

import asyncio
import signal
import sys
import urllib.parse
import urllib.request

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer


def post(url: str, sdp: str) -> tuple[str, str]:
    request = urllib.request.Request(
        url, data=sdp.encode(), headers={"Content-Type": "application/sdp"}, method="POST"
    )
    with urllib.request.urlopen(request) as response:
        return response.read().decode(), response.headers["Location"]


async def main(url: str, video: str, audio: str) -> None:
    connection = RTCPeerConnection()
    players = [MediaPlayer(video, loop=True), MediaPlayer(audio, loop=True)]
    connection.addTrack(players[0].video)
    connection.addTrack(players[1].audio)
    await connection.setLocalDescription(await connection.createOffer())
    answer, location = await asyncio.to_thread(post, url, connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    interrupted = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, interrupted.set)
    await interrupted.wait()
    resource = urllib.request.Request(urllib.parse.urljoin(url, location), method="DELETE")
    await asyncio.to_thread(urllib.request.urlopen, resource)
    await connection.close()


asyncio.run(main(*sys.argv[1:4]))
