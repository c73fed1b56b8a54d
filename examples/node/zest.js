'use strict';
// What host.js sees of zest: a Service that emits connections, and a Proxy that takes some of them.
const net = require('node:net');
const { koffi, types, calls, sized, check, OK, TIMED_OUT, CLOSED, LISTENER_FAILED } = require('./library');

const BATCH = 64;
const ONE = koffi.sizeof(types.connection);
const NOTIFY_PIPE = 1 << 2;
const F_DUPFD_CLOEXEC = 1030;

// The listeners of one zest_listen. `onConnection(fd, listenerId)`: the fd is yours.
class Service {
  constructor(addresses, { onConnection, onFailure }) {
    const configs = Object.entries(addresses).map(([id, address]) =>
      sized(types.listenerConfig, { listener_id: Number(id), address }));
    const settings = sized(types.settings, { flags: NOTIFY_PIPE, threads_per_address: 1 });
    const [service, report, error] = [[null], [null], {}];
    check(calls.listen(configs, configs.length, settings, service, report, error), error);
    this.handle = service[0];
    this.rows = rowsOf(report);
    this.onConnection = onConnection;
    this.onFailure = onFailure;
    this.batch = Buffer.alloc(BATCH * ONE);
    this.closed = new Promise((resolve) => { this.tellClosed = resolve; });
    this.watch();
  }

  // Node waits for a pipe by reading it. What it reads means nothing: take until there is no more. It
  // closes what it was given, so it gets a copy.
  watch() {
    const fd = [-1];
    check(calls.eventFd(this.handle, fd));
    const copy = calls.fcntl(fd[0], F_DUPFD_CLOEXEC, 'int', 0);
    if (copy < 0) throw new Error('fcntl F_DUPFD_CLOEXEC');
    this.bell = new net.Socket({ fd: copy, readable: true, writable: false });
    this.bell.on('data', () => this.take());
    setImmediate(() => this.take()); // the bell tells of what comes after a look that found nothing
  }

  take() {
    for (;;) {
      const count = [0];
      this.batch.writeUInt32LE(ONE, 0); // the stride
      const status = calls.nextBatch(this.handle, this.batch, BATCH, count, 0);
      if (status === TIMED_OUT) return;
      if (status === CLOSED) return this.end();
      if (status !== OK && status !== LISTENER_FAILED) check(status);
      for (let i = 0; i < count[0]; ++i) this.tell(koffi.decode(this.batch, i * ONE, types.connection));
    }
  }

  tell(connection) {
    const id = Number(connection.listener_id);
    if (connection.fd < 0) this.onFailure(id, connection.os_errno);
    else this.onConnection(connection.fd, id);
  }

  end() {
    this.bell.destroy();
    this.tellClosed();
  }

  // Accepts what the kernel has queued, then closes the listeners; take() goes on meanwhile.
  async shutdown(timeoutMs) {
    const receipt = sized(types.receipt);
    const status = await inThread(calls.shutdown, this.handle, timeoutMs, receipt);
    if (status !== TIMED_OUT) check(status);
    await this.closed;
    return receipt;
  }

  close() {
    check(calls.serviceFree([this.handle]));
  }
}

function rowsOf(report) {
  const count = [0];
  check(calls.reportCount(report[0], count));
  const rows = Array.from({ length: Number(count[0]) }, (_, index) => {
    const row = sized(types.reportRow);
    check(calls.reportRow(report[0], index, row));
    return { id: Number(row.listener_id), failed: row.status !== OK, note: row.note, address: text(row.address) };
  });
  check(calls.reportFree(report));
  return rows;
}

function text(address) {
  const room = [' '.repeat(127)];
  check(calls.addressFormat(address, room, 128));
  return room[0];
}

// A blocking call, in a thread of libuv's.
const inThread = (call, ...args) => new Promise((resolve, reject) =>
  call.async(...args, (error, result) => (error ? reject(error) : resolve(result))));

// A whole reverse proxy inside this process, from text in zproxy's language.
class Proxy {
  constructor(config) {
    const [proxy, error] = [[null], {}];
    const wanted = sized(types.proxyConfig, { text: config, text_size: Buffer.byteLength(config) });
    check(calls.proxyStart(wanted, proxy, null, error), error);
    this.handle = proxy[0];
  }

  // Takes the fd, also when it fails.
  serve(fd, id) {
    const error = {};
    check(calls.proxyServe(this.handle, fd, id, error), error);
  }

  async drain(timeoutMs) {
    const receipt = sized(types.proxyReceipt);
    const status = await inThread(calls.proxyDrain, this.handle, timeoutMs, receipt);
    if (status !== TIMED_OUT) check(status);
    return receipt;
  }

  stats() {
    const stats = sized(types.proxyStats);
    check(calls.proxyStats(this.handle, stats));
    return stats;
  }

  close() {
    check(calls.proxyFree([this.handle]));
  }
}

module.exports = { Service, Proxy };
