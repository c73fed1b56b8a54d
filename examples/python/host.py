#!/usr/bin/env python3
"""host.py ECHO_ADDRESS WEB_ADDRESS ORIGIN: a host of zest on asyncio, by ctypes.

What zest accepts at the first address (listener 1) is echoed here; what it accepts at the second
(listener 2) is handed to a proxy inside this process, which asks the origin. SIGTERM or SIGINT:
nothing new is accepted, what was accepted is served, and the counts are printed."""
import asyncio
import json
import signal
import socket
import sys

import zest
import zest_proxy

ECHO, WEB = 1, 2
PATIENCE_MS = 5000
PROXY = """
workers = 1
[[listener]]
id = 2
[upstream.origin]
addrs = [{origin}]
[[route]]
upstream = "origin"
"""


class Host:
    def __init__(self, echo_address, web_address, origin):
        self.proxy = zest_proxy.Proxy(PROXY.format(origin=json.dumps(origin)))
        # One thread per address: port 0 is one port then, and the report has one row of each.
        self.service = zest.Service({ECHO: echo_address, WEB: web_address}, threads_per_address=1)
        self.loop = asyncio.get_running_loop()
        self.served = {ECHO: 0, WEB: 0}
        self.tasks = set()
        self.closed = asyncio.Event()
        # The fd tells of what comes after next_batch() has found nothing: so look once first.
        self.loop.add_reader(self.service.event_fd, self.take)
        self.take()

    def take(self):
        while batch := self.service.next_batch():
            for connection in batch:
                self.begin(connection)
        if batch is None:  # shut down, and everything taken
            self.loop.remove_reader(self.service.event_fd)
            self.closed.set()

    def begin(self, connection):
        if connection.fd < 0:
            print(f"listener {connection.listener_id} failed: errno {connection.os_errno}", file=sys.stderr)
            return
        self.served[connection.listener_id] += 1
        if connection.listener_id == WEB:
            self.proxy.serve(connection.fd, WEB)
            return
        # From here on the fd is the socket object's, which asks it for its family and type.
        task = self.loop.create_task(self.echo(socket.socket(fileno=connection.fd)))
        self.tasks.add(task)  # asyncio itself keeps only a weak reference
        task.add_done_callback(self.tasks.discard)

    async def echo(self, sock):
        reader, writer = await asyncio.open_connection(sock=sock)
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def stop(self):
        """In order: no new connections, all that had begun are taken, served and only then freed."""
        # It blocks while take() goes on here: a full queue must be emptied for it to end.
        receipt = await self.loop.run_in_executor(None, self.service.shutdown, PATIENCE_MS)
        await self.closed.wait()
        if self.tasks:
            await asyncio.wait(self.tasks, timeout=PATIENCE_MS / 1000)
        drained = await self.loop.run_in_executor(None, self.proxy.drain, PATIENCE_MS)
        proxied = self.proxy.stats().answers[2]
        self.service.close()
        self.proxy.close()
        return {"served": self.served, "accepted": receipt.accepted, "complete": receipt.complete,
                "proxied": proxied, "drained": drained.complete}


async def main(addresses):
    host = Host(*addresses)
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        host.loop.add_signal_handler(number, stopping.set)
    listening = {row.listener_id: str(row.address) for row in host.service.rows if row.status == zest.OK}
    print(json.dumps({"listening": listening}), flush=True)
    await stopping.wait()
    print(json.dumps(await host.stop()), flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("host.py ECHO_ADDRESS WEB_ADDRESS ORIGIN")
    asyncio.run(main(sys.argv[1:]))
