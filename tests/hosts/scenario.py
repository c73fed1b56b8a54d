#!/usr/bin/env python3
"""scenario.py <command of a host ...>: one scenario for the hosts of every language in examples/.

1,000 connections at once, half of them to the listener that echoes, half to the one whose connections
go through the proxy inside the host to an origin here. What the host counts must be what was done:
nothing lost, nothing doubled, everybody served."""
import asyncio
import json
import os
import signal
import subprocess
import sys

CONNECTIONS = 1000
SECONDS_MAX = 60


class Origin:
    """Answers each request with its target, and counts them."""

    async def start(self):
        self.requests = 0
        self.server = await asyncio.start_server(self.serve, "127.0.0.1", 0, backlog=1024)
        self.address = "127.0.0.1:%d" % self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests += 1
                target = head.split(b" ", 2)[1]
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(target), target))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def echo(port, number):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    message = f"connection {number}\n".encode() * 100
    writer.write(message)
    answer = await reader.readexactly(len(message))
    writer.close()
    assert answer == message, f"connection {number} got another's bytes"


async def get(port, number):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    target = f"/{number}".encode()
    writer.write(b"GET %s HTTP/1.1\r\nHost: t\r\n\r\n" % target)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    body = await reader.readexactly(len(target))
    writer.close()
    assert body == target, f"connection {number} got another's answer: {body}"


async def scenario(command):
    origin = Origin()
    await origin.start()
    host = await asyncio.create_subprocess_exec(*command, "127.0.0.1:0", "127.0.0.1:0", origin.address,
                                                stdout=subprocess.PIPE)
    try:
        listening = json.loads(await host.stdout.readline())["listening"]
        ports = {id: int(address.rsplit(":", 1)[1]) for id, address in listening.items()}
        assert sorted(ports) == ["1", "2"], listening
        await asyncio.gather(*((echo if i % 2 else get)(ports["1" if i % 2 else "2"], i) for i in range(CONNECTIONS)))
        host.send_signal(signal.SIGTERM)
        end = json.loads(await host.stdout.readline())
        assert await host.wait() == 0, f"the host ended with {host.returncode}"
    finally:
        if host.returncode is None:
            host.kill()
            await host.wait()
        origin.server.close()
    half = CONNECTIONS // 2
    expected = {"served": {"1": half, "2": half}, "accepted": CONNECTIONS, "complete": 1, "proxied": half, "drained": 1}
    assert end == expected, f"{end}, and not {expected}"
    assert origin.requests == half, f"{origin.requests} requests came to the origin"
    print(f"{CONNECTIONS} connections on 2 listeners, {half} of them proxied: {end}")


def main(command):
    for name in ("ZEST_LIB", "ZEST_PROXY_LIB"):
        library = os.environ.get(name)
        if library and not os.path.exists(library):
            print(f"skipped: {library} is not there: ./dev build")
            sys.exit(77)
    asyncio.run(asyncio.wait_for(scenario(command), SECONDS_MAX))


if __name__ == "__main__":
    main(sys.argv[1:])
