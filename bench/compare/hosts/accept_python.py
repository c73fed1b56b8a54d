#!/usr/bin/env python3
"""accept_python.py --port N --variant own|zest: accepts, says one byte, and closes: by
asyncio.start_server, or by zest as examples/python does."""
import argparse
import asyncio
import pathlib
import socket
import sys


def serve(_, writer):
    writer.write(b"x")
    writer.close()


async def own(port):
    server = await asyncio.start_server(serve, "127.0.0.1", port, backlog=4096)
    print('{"ready": true}', flush=True)
    await server.serve_forever()


class Host:
    def __init__(self, port):
        sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "examples/python"))
        import zest
        self.service = zest.Service({1: f"127.0.0.1:{port}"}, threads_per_address=1)
        self.tasks = set()
        self.loop = asyncio.get_running_loop()
        self.loop.add_reader(self.service.event_fd, self.take)
        self.take()

    def take(self):
        while batch := self.service.next_batch():
            for connection in batch:
                task = self.loop.create_task(self.begin(socket.socket(fileno=connection.fd)))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def begin(self, sock):
        serve(*await asyncio.open_connection(sock=sock))


async def by_zest(port):
    Host(port)
    print('{"ready": true}', flush=True)
    await asyncio.Event().wait()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--variant", choices=("own", "zest"), default="own")
    given = parser.parse_args()
    asyncio.run((own if given.variant == "own" else by_zest)(given.port))


main()
