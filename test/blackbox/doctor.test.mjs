// SPDX-License-Identifier: Apache-2.0
// `tacit doctor`: is the server reached at its issuer's URL, through whatever is in between? Here
// that is a proxy that ends TLS for https://auth.example/, to which the environment's own proxy
// leads: there is no such name.
import assert from 'node:assert/strict';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { after, test } from 'node:test';

import { makeAuthority } from '../support/ca.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa } from '../support/tenant.mjs';

const issuer = 'https://auth.example/';
const authority = makeAuthority();
after(() => authority.remove());

function listen(server) {
  after(() => { server.closeAllConnections(); server.close(); });
  return new Promise((done) => { server.listen(0, '127.0.0.1', () => done(server.address().port)); });
}

async function freePort() {
  const probe = net.createServer();
  const port = await new Promise((done) => { probe.listen(0, '127.0.0.1', () => done(probe.address().port)); });
  await new Promise((done) => { probe.close(done); });
  return port;
}

/** What ends TLS for auth.example; `change` turns the headers that are passed on, `answer` may answer itself. */
const proxy = { names: ['auth.example', 'login.auth.example'] };
const usual = ({ host }) => ({ host, 'x-forwarded-host': host, 'x-forwarded-proto': 'https', 'x-forwarded-for': '192.0.2.7' });
const reset = () => Object.assign(proxy, { change: usual, answer: undefined, backend: undefined });
reset();

async function reverse(tls) {
  return listen(https.createServer(tls, (incoming, outgoing) => {
    if (proxy.answer) return void proxy.answer(incoming, outgoing);
    const { url, method } = incoming;
    const onwards = http.request({ host: '127.0.0.1', port: proxy.backend ?? backend, path: url, method, headers: proxy.change(incoming.headers), agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onwards.on('error', () => outgoing.writeHead(502).end('Bad gateway'));
    onwards.end();
  }).on('tlsClientError', () => {}));
}

const trusted = await reverse(authority.issue(...proxy.names));
let leadsTo = trusted;
const tunnel = http.createServer().on('connect', (incoming, socket, head) => {
  if (!proxy.names.includes(incoming.url.replace(':443', ''))) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
  const there = net.connect(leadsTo, '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    there.write(head);
    there.pipe(socket).pipe(there);
  });
  for (const end of [there, socket]) end.on('error', () => { there.destroy(); socket.destroy(); });
});
const outside = { https_proxy: `http://127.0.0.1:${await listen(tunnel)}`, SSL_CERT_FILE: authority.file };
const app = { ...spa, client_id: 'app', callbacks: ['https://shop.auth.example/cb'], web_origins: ['https://shop.auth.example'] };
const tenant = defaultTenant({ clients: [app] });
const backend = await freePort();
const server = await serve({ tenant, port: backend, issuer, args: ['--trusted-proxy', '127.0.0.1'], env: outside });

const lines = async (...args) => {
  const { code, stdout, stderr } = await server.command('doctor', ...args);
  assert.equal(stderr, '');
  return { code, lines: stdout.trimEnd().split('\n') };
};

async function complains(field, verdict, fix, ...args) {
  const told = await lines(...args);
  assert.equal(told.code, 1, told.lines.join('\n'));
  assert.equal(told.lines.length, 2);
  assert.match(told.lines[0], verdict);
  assert.ok(told.lines[1].startsWith(`fix: ${field}: `), told.lines[1]);
  assert.match(told.lines[1], fix);
  const json = JSON.parse((await server.command('doctor', ...args, '--json')).stdout);
  assert.deepEqual(json, { works: false, verdict: told.lines[0], field, fix: told.lines[1].slice('fix: '.length) });
}

test('all is well', async () => {
  assert.deepEqual(await lines(), { code: 0, lines: [`the server is reached at its issuer ${issuer}`] });
  assert.deepEqual(await lines('--client', 'app', '--origin', 'https://shop.auth.example'),
    { code: 0, lines: [`silent authentication works for https://shop.auth.example with the client app at the issuer ${issuer}`] });
});

test('a proxy that drops X-Forwarded-Proto, or says http', async () => {
  for (const proto of [undefined, 'http']) {
    proxy.change = (headers) => {
      const { 'x-forwarded-proto': _, ...rest } = usual(headers);
      return proto ? { ...rest, 'x-forwarded-proto': proto } : rest;
    };
    await complains('trusted-proxy', /does not know .* by https/, /X-Forwarded-Proto/);
    await complains('trusted-proxy', /does not know .* by https/, /X-Forwarded-Proto/, '--client', 'app', '--origin', 'https://shop.auth.example');
  }
  reset();
});

test('a proxy that is not among the trusted', async (t) => {
  const strict = await freePort();
  await serve({ tenant, port: strict, issuer, data: server.data, args: ['--trusted-proxy', '192.0.2.1'], test: t });
  proxy.backend = strict;
  await complains('trusted-proxy', /does not know/, /name its address/);
  reset();
});

test('a proxy that tells of another host: seen where it makes a difference', async () => {
  await server.apply({ ...tenant, customDomains: [{ domain: 'login.auth.example' }] });
  assert.equal((await lines()).code, 0);
  proxy.change = (headers) => ({ ...usual(headers), host: 'inside', 'x-forwarded-host': 'inside' });
  await complains('trusted-proxy', /login\.auth\.example\/ says that it is https:\/\/auth\.example\//, /X-Forwarded-Host/);
  proxy.change = ({ host }) => ({ host, 'x-forwarded-proto': 'https' });
  assert.equal((await lines()).code, 0, 'the Host as it came is enough');
  reset();
  await server.apply(tenant);
});

test('something else answers', async (t) => {
  const answers = (status, body, headers = {}) => { proxy.answer = (_, outgoing) => outgoing.writeHead(status, headers).end(body); };
  answers(301, '', { Location: 'https://www.example/' });
  await complains('issuer', /redirects to https:\/\/www\.example\//, /./);
  for (const [status, body] of [[404, 'Not found'], [200, '<html>'], [200, '{}'], [200, '[7]'], [502, '{"issuer":"x"}'], [200, '{"issuer":7}']]) {
    answers(status, body);
    await complains('listen', new RegExp(`no OpenID Provider: status ${status}`), /every path/);
  }
  answers(200, JSON.stringify({ issuer: 'https://elsewhere.example/' }));
  await complains('trusted-proxy', /says that it is https:\/\/elsewhere\.example\//, /./);
  reset();
  const other = await freePort();
  await serve({ tenant, port: other, issuer, args: ['--trusted-proxy', '127.0.0.1'], test: t });
  proxy.backend = other;
  await complains('data', /another server/, /--data/);
  proxy.backend = await freePort();
  await complains('listen', /status 502/, /./);
  reset();
});

test('nobody answers, or nobody to be trusted', async () => {
  const stranger = makeAuthority();
  after(() => stranger.remove());
  leadsTo = await reverse(stranger.issue(...proxy.names));
  await complains('tls-cert', /nobody answers at https:\/\/auth\.example\//, /authority/);
  leadsTo = await reverse(authority.issue('other.example'));
  await complains('tls-cert', /nobody answers/, /host name/);
  leadsTo = await freePort();
  await complains('listen', /nobody answers/, /start the server/);
  proxy.answer = () => {};
  leadsTo = trusted;
  const began = Date.now();
  await complains('listen', /nobody answers/, /./, '--issuer', issuer);
  assert.ok(Date.now() - began < 15_000, 'it does not wait for ever');
  reset();
});
