#!/usr/bin/env python3
"""web_sockets_talk.py LEMON: many WebSockets through it, by a Python library at both ends."""
import asyncio
import os
import random
import signal
import sys

try:
    import websockets
except ImportError:
    if os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])  # Debian's, which has Debian's packages
    print("skipped: no python3-websockets; ./dev setup installs it")
    sys.exit(77)

SOCKETS = 100
SECONDS_MAX = 60


async def echo(ws, *_):
    async for message in ws:
        await ws.send(message)


async def talk(url, seed):
    rng = random.Random(seed)
    async with websockets.connect(url, max_size=None, open_timeout=SECONDS_MAX, close_timeout=SECONDS_MAX) as ws:
        for _ in range(10):
            message = rng.randbytes(rng.choice([0, 1, 125, 126, 1000, 70_000]))
            await ws.send(message)
            assert await ws.recv() == message
            await asyncio.wait_for(await ws.ping(), SECONDS_MAX)


async def scenario(lemon):
    async with websockets.serve(echo, "127.0.0.1", 0, max_size=None, backlog=1024) as server:
        port = server.sockets[0].getsockname()[1]
        process = await asyncio.create_subprocess_exec(
            lemon, "--listen", "127.0.0.1:0", "--threads", "1", "--origin", f"127.0.0.1:{port}",
            stdout=asyncio.subprocess.PIPE)
        try:
            address = ""
            while "serving on" not in address:
                address = (await process.stdout.readline()).decode()
            url = "ws" + address.split("serving on http")[1].split(" ")[0] + "/chat"
            await asyncio.gather(*(talk(url, seed) for seed in range(SOCKETS)))
            process.send_signal(signal.SIGTERM)
            said = (await process.stdout.read()).decode()
            assert await process.wait() == 0, said
            assert f"tunnels: {SOCKETS} joined" in said, said
            assert f"{SOCKETS} ended by both sides" in said, said
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


asyncio.run(asyncio.wait_for(scenario(sys.argv[1]), SECONDS_MAX))
