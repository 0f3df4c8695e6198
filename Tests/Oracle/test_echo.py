"""WebSockets as other implementations see them: `perigee echo` and two clients of Python."""

import asyncio
import subprocess

import aiohttp
import pytest
import websockets
from gateway import binary

MESSAGES = ["", "text", "é漢😀" * 1000, b"", bytes(range(256)), b"x" * 70_000, "y" * 3_000_000]


@pytest.fixture(scope="module")
def echo():
    process = subprocess.Popen([binary(), "echo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    yield process.stdout.readline().removeprefix("listening on ").strip()
    process.terminate()
    assert process.wait(10) == 0


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_websockets(echo, compression):
    async def talk():
        async with websockets.connect(echo, compression=compression, max_size=None) as socket:
            for message in MESSAGES:
                await socket.send(message)
                assert await socket.recv() == message
            # In fragments.
            await socket.send(iter(["a", "é", ""]))
            assert await socket.recv() == "aé"
            await asyncio.wait_for(await socket.ping(b"payload"), 5)
            await socket.close(4123, "done")
            assert socket.close_code == 4123

    asyncio.run(talk())


@pytest.mark.parametrize("compress", [0, 9, 15])
def test_aiohttp(echo, compress):
    async def talk():
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(echo, compress=compress, max_msg_size=0) as socket,
        ):
            for message in MESSAGES:
                await (socket.send_str if isinstance(message, str) else socket.send_bytes)(message)
                assert (await socket.receive()).data == message
            await socket.close(code=4000)
            assert socket.close_code == 4000

    asyncio.run(talk())


def test_many_at_once(echo):
    async def one(number):
        async with websockets.connect(echo) as socket:
            for round in range(20):
                text = f"{number} {round} " * (1 + number % 50)
                await socket.send(text)
                assert await socket.recv() == text

    async def all_of_them():
        await asyncio.gather(*(one(number) for number in range(200)))

    asyncio.run(all_of_them())


def test_a_server_that_ends_says_so():
    process = subprocess.Popen([binary(), "echo", "--port", "0"], stdout=subprocess.PIPE, text=True)
    url = process.stdout.readline().removeprefix("listening on ").strip()

    async def talk():
        async with websockets.connect(url) as socket:
            await socket.send("x")
            assert await socket.recv() == "x"
            process.terminate()
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd.code == 1001

    asyncio.run(talk())
    assert process.wait(10) == 0
