#!/usr/bin/env python3
"""WebSockets through zproxy, by a Python library: many at once, within TLS, in the log, and at a drain."""
import asyncio
import os
import random
import resource
import signal
import sys

try:
    import websockets
except ImportError:
    if os.path.realpath(sys.executable) != os.path.realpath("/usr/bin/python3"):
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])  # Debian's, which has Debian's packages

import e2e
import tunnels

try:
    import websockets  # noqa: F811
except ImportError:
    e2e.skip("no python3-websockets; ./dev setup installs it")

TUNNELS = 1000
RECEIPT = r"(drained|cut short) in .* (\d+) tunnels ended, (\d+) forced"


async def echo(ws, *_):
    try:
        async for message in ws:
            await ws.send(message)
    except websockets.ConnectionClosedError:
        pass  # a drain's deadline has cut it


async def talk(url, seed, rounds, everyone, **more):
    """Random messages, and pings between, answered as they were sent; in the middle all wait for all."""
    rng = random.Random(seed)
    async with websockets.connect(url, max_size=None, compression=None, open_timeout=60, close_timeout=60,
                                  ping_interval=None, **more) as ws:
        for i in range(rounds):
            if i == rounds // 2:
                await everyone()
            message = rng.randbytes(rng.choice([0, 1, 10, 125, 126, 1000, 20_000, 70_000]))
            await ws.send(message)
            if rng.random() < 0.3:
                await asyncio.wait_for(await ws.ping(rng.randbytes(8)), 60)
            assert await asyncio.wait_for(ws.recv(), 60) == message


class WebSockets(tunnels.Case):
    async def many(self, count, rounds, scheme="ws", listener="", **more):
        async with websockets.serve(echo, "127.0.0.1", 0, max_size=None, compression=None, ping_interval=None,
                                    backlog=1024) as server:
            port = server.sockets[0].getsockname()[1]
            proxy = self.zproxy("-c", self.file_for(listener, f"127.0.0.1:{port}"))
            url = f"{scheme}://127.0.0.1:{proxy.port()}/chat"
            waiting, all_here, open_tunnels = 0, asyncio.Event(), []

            async def everyone():
                nonlocal waiting
                waiting += 1
                if waiting == count:
                    open_tunnels.append(self.metric(proxy, "zest_tunnels_open"))
                    all_here.set()
                await asyncio.wait_for(all_here.wait(), 120)

            await asyncio.gather(*(talk(url, seed, rounds, everyone, **more) for seed in range(count)))
            self.assertEqual(open_tunnels, [count])
            await asyncio.to_thread(e2e.wait_until, lambda: self.metric(proxy, "zest_tunnels_open") == 0, "ends")
            self.assertEqual(self.metric(proxy, "zest_tunnels_total"), count)
            self.assertEqual(self.metric(proxy, 'zest_tunnel_ends_total{end="done"}'), count)
            return proxy

    def test_many_websockets_at_once(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 8 * TUNNELS
        if hard != resource.RLIM_INFINITY and hard < wanted:
            self.skipTest(f"only {hard} open files")
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
        asyncio.run(self.many(TUNNELS, 6))

    def test_websockets_within_tls(self):
        listener = f"tls = {{ certificates = [{self.ecdsa.toml}] }}"
        context = self.context()
        context.check_hostname = False
        asyncio.run(self.many(20, 10, "wss", listener, ssl=context))

    def test_the_log_tells_of_a_tunnel_at_its_end(self):
        proxy = asyncio.run(self.many(1, 2))
        e2e.wait_until(lambda: len(e2e.json_lines(self.folder / "log")) == 1, "a line")
        line = e2e.json_lines(self.folder / "log")[0]
        self.assertEqual((line["method"], line["target"], line["status"], line["tunnel"]),
                         ("GET", "/chat", 101, "done"))
        self.assertGreater(line["bytes_out"], 100)
        self.assertEqual(proxy.stop(), 0)

    def test_websockets_end_with_a_drain(self):
        async def run():
            async with websockets.serve(echo, "127.0.0.1", 0) as server:
                port = server.sockets[0].getsockname()[1]
                proxy = self.zproxy("-c", self.file_for("tunnel_end_timeout_ms = 700", f"127.0.0.1:{port}"))
                url = f"ws://127.0.0.1:{proxy.port()}/"
                async with websockets.connect(url) as leaves, websockets.connect(url) as stays:
                    for ws in (leaves, stays):
                        await ws.send("here")
                        self.assertEqual(await ws.recv(), "here")
                    proxy.signal(signal.SIGTERM)
                    await asyncio.to_thread(proxy.said, "draining for at most")
                    await asyncio.to_thread(e2e.wait_until_refused, proxy.port())
                    await leaves.send("still here")
                    self.assertEqual(await leaves.recv(), "still here")
                    await leaves.close()
                    with self.assertRaises(websockets.ConnectionClosed):
                        await asyncio.wait_for(stays.recv(), e2e.PATIENCE)
                self.assertEqual(await asyncio.to_thread(proxy.wait), 0)
                self.assertEqual(proxy.said(RECEIPT).group(2, 3), ("1", "1"))
        asyncio.run(run())


e2e.main()
