#!/usr/bin/env node
'use strict';
// host.js ECHO_ADDRESS WEB_ADDRESS ORIGIN: a host of zest in Node, by koffi.
//
// What zest accepts at the first address (listener 1) is echoed here; what it accepts at the second
// (listener 2) is handed to a proxy inside this process, which asks the origin. SIGTERM or SIGINT:
// nothing new is accepted, what was accepted is served, and the counts are printed.
const net = require('node:net');
const { Service, Proxy } = require('./zest');

const ECHO = 1;
const WEB = 2;
const PATIENCE_MS = 5000;

class Host {
  constructor(echoAddress, webAddress, origin) {
    this.served = { [ECHO]: 0, [WEB]: 0 };
    this.talking = new Set();
    this.proxy = new Proxy(`workers = 1\n[[listener]]\nid = ${WEB}\n[upstream.origin]\n` +
      `addrs = [${JSON.stringify(origin)}]\n[[route]]\nupstream = "origin"\n`);
    this.service = new Service({ [ECHO]: echoAddress, [WEB]: webAddress }, {
      onConnection: (fd, id) => this.serve(fd, id),
      onFailure: (id, errno) => console.error(`listener ${id} failed: errno ${errno}`),
    });
  }

  serve(fd, id) {
    this.served[id] += 1;
    if (id === WEB) this.proxy.serve(fd, WEB);
    else this.echo(new net.Socket({ fd, readable: true, writable: true }));
  }

  echo(socket) {
    this.talking.add(socket);
    socket.on('error', () => {}); // a peer that has gone is its own affair; 'close' follows
    socket.on('close', () => this.talking.delete(socket));
    socket.pipe(socket);
  }

  // In order: no new connections, all that had begun are taken, served and only then freed.
  async stop() {
    const receipt = await this.service.shutdown(PATIENCE_MS);
    await this.silence();
    const drained = await this.proxy.drain(PATIENCE_MS);
    const proxied = Number(this.proxy.stats().answers[2]);
    this.service.close();
    this.proxy.close();
    return { served: this.served, accepted: Number(receipt.accepted), complete: receipt.complete,
      proxied, drained: drained.complete };
  }

  async silence() {
    const ends = [...this.talking].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref());
    await Promise.race([Promise.all(ends), late]);
    for (const socket of this.talking) socket.destroy();
  }
}

function main(addresses) {
  if (addresses.length !== 3) {
    console.error('host.js ECHO_ADDRESS WEB_ADDRESS ORIGIN');
    process.exit(2);
  }
  const host = new Host(...addresses);
  for (const row of host.service.rows.filter((one) => one.failed)) console.error(`listener ${row.id}: ${row.note}`);
  const listening = host.service.rows.filter((row) => !row.failed).map((row) => [row.id, row.address]);
  console.log(JSON.stringify({ listening: Object.fromEntries(listening) }));
  const stop = async () => console.log(JSON.stringify(await host.stop()));
  for (const name of ['SIGTERM', 'SIGINT']) process.once(name, stop);
}

main(process.argv.slice(2));
