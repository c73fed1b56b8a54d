#!/usr/bin/env node
'use strict';
// accept_node.js --port N --variant own|zest --module DIR: accepts, says one byte, and closes: by
// net.createServer, or by zest as examples/node does. DIR holds zest.js and node_modules.
const net = require('node:net');
const path = require('node:path');
const { parseArgs } = require('node:util');

const { values } = parseArgs({ options: {
  port: { type: 'string', default: '9000' },
  variant: { type: 'string', default: 'own' },
  module: { type: 'string', default: '.' },
} });

const ready = () => console.log('{"ready": true}');

function serve(socket) {
  socket.on('error', () => {}); // the peer may have gone: no matter
  socket.end('x');
}

function own(port) {
  net.createServer(serve).listen({ port, host: '127.0.0.1', backlog: 4096 }, ready);
}

function byZest(port) {
  const { Service } = require(path.resolve(values.module, 'zest'));
  const service = new Service({ 1: `127.0.0.1:${port}` }, {
    onConnection: (fd) => serve(new net.Socket({ fd, readable: true, writable: true })),
    onFailure: (id, errno) => { throw new Error(`listener ${id}: errno ${errno}`); },
  });
  process.on('exit', () => service.close());
  ready();
}

(values.variant === 'zest' ? byZest : own)(Number(values.port));
