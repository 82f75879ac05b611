// SPDX-License-Identifier: Apache-2.0
// Clients whose keys are behind a URL: OpenID Connect Core 1.0, 10.1.1. Nothing private is asked,
// nothing often, and what comes back is believed only as keys.
import assert from 'node:assert/strict';
import https from 'node:https';
import { cpus } from 'node:os';
import { after, test } from 'node:test';

import { Browser, refusal, spa } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { makeKey, signedBy } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const ca = makeAuthority();
after(() => ca.remove());
const key = makeKey('ES256');
const asked = {};
const paths = {
  '/good': (answer) => answer.end(JSON.stringify({ keys: [key.jwk] })),
  '/redirect': (answer) => answer.writeHead(302, { Location: '/good' }).end(),
  '/large': (answer) => answer.end(JSON.stringify({ keys: [key.jwk], x: 'x'.repeat(70_000) })),
  '/endless': (answer) => { answer.write('{"keys":['); for (let i = 0; i < 100; i++) answer.write(' '.repeat(1000)); answer.end(); },
  '/error': (answer) => answer.writeHead(500).end(JSON.stringify({ keys: [key.jwk] })),
  '/text': (answer) => answer.end('hello'),
  '/empty': (answer) => answer.end(),
  '/hang': () => {},
};

async function keyServer(authority) {
  const { cert, key: secret } = authority.issue('localhost');
  const tls = [];
  const server = https.createServer({ cert, key: secret }, (incoming, answer) => {
    asked[incoming.url] = (asked[incoming.url] ?? 0) + 1;
    tls.push(incoming.socket.getProtocol());
    (paths[incoming.url] ?? paths['/error'])(answer);
  });
  server.on('tlsClientError', () => {});
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  after(() => { server.closeAllConnections(); server.close(); });
  return { port: server.address().port, tls };
}

const keys = await keyServer(ca);
const other = makeAuthority();
after(() => other.remove());
const untrusted = await keyServer(other);
const host = `localhost:${keys.port}`;

const client = (client_id, jwks_uri) => ({ ...webApp, client_secret: undefined, client_id, name: client_id, jwks_uri,
  callbacks: ['https://rp.example/cb'], token_endpoint_auth_method: 'private_key_jwt', grant_types: ['authorization_code', 'client_credentials'] });
const clients = [
  ...Object.keys(paths).map((path) => client(path.slice(1), `https://${host}${path}`)),
  client('request', `https://${host}/good?request`), client('plain', `http://${host}/good`), client('user', `https://a:b@${host}/good`),
  client('loopback', `https://127.0.0.1:${keys.port}/good`), client('untrusted', `https://localhost:${untrusted.port}/good`),
].filter(({ client_id: id }) => id !== 'user');
paths['/good?request'] = paths['/good'];
const server = await serve({ tenant: defaultTenant({ clients, tenant: { outgoing_private_hosts: [host, `localhost:${untrusted.port}`] } }),
  env: { SSL_CERT_FILE: ca.file } });

const now = () => Math.floor(Date.now() / 1000);
let jti = 0;

/** Pushing needs the client's proof, and answers 201 when it counts. */
async function prove(id, signer = key, header = {}, at = server) {
  const client_assertion = signedBy(signer, { iss: id, sub: id, aud: at.issuer, exp: now() + 60, jti: `j${++jti}` }, header);
  const answer = await new Browser(at).send('/oauth/par', { form: { client_id: id, client_assertion, redirect_uri: 'https://rp.example/cb',
    response_type: 'code', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' } });
  return answer.status;
}

test('an assertion is checked with the keys behind the URL, fetched once, by TLS 1.3', async () => {
  for (let i = 0; i < 3; i++) assert.equal(await prove('good'), 201);
  assert.equal(asked['/good'], 1);
  assert.deepEqual([...new Set(keys.tls)], ['TLSv1.3']);
});

test('an unknown kid does not have it asked again at once', async () => {
  const stranger = makeKey('ES256', 'stranger');
  for (let i = 0; i < 5; i++) assert.equal(await prove('good', stranger), 401);
  assert.equal(await prove('good', stranger, { kid: key.kid }), 401);
  assert.equal(asked['/good'], 1);
  assert.equal(await prove('good'), 201);
});

test('a request object is, too, though it comes in a browser', async () => {
  const request = signedBy(key, { iss: 'request', aud: server.issuer, client_id: 'request', redirect_uri: 'https://rp.example/cb',
    response_type: 'code', scope: 'openid', prompt: 'none', state: 'xyz' });
  (await new Browser(server).authorize(Object.entries({ client_id: 'request', request }))).redirectsTo('https://rp.example/cb', refusal('login_required'));
});

for (const id of ['redirect', 'large', 'endless', 'error', 'text', 'empty', 'untrusted', 'plain']) {
  test(`${id}: no keys, one clear answer`, async () => {
    assert.equal(await prove(id), 401);
  });
}

test('no redirect was followed', () => {
  assert.equal(asked['/good'], 1);
});

test('an address of this computer is not asked unless the setting names it', async () => {
  assert.equal(await prove('loopback'), 401);
  assert.equal(asked['/good'], 1);
});

test('one that never answers is given up, and nobody else waits for it', async () => {
  const began = Date.now();
  const slow = prove('hang');
  assert.equal(await prove('good'), 201);
  assert.ok(Date.now() - began < 3000);
  assert.equal(await slow, 401);
  assert.ok(Date.now() - began < 15_000);
});

test('however many do not answer, half of the threads are for everybody else', async (t) => {
  const threads = Math.max(16, 2 * cpus().length);
  const many = Array.from({ length: threads + 4 }, (_, i) => client(`slow${i}`, `https://${host}/hang?${i}`));
  for (let i = 0; i < many.length; i++) paths[`/hang?${i}`] = paths['/hang'];
  const own = await serve({ tenant: defaultTenant({ clients: [spa, ...many, client('good', `https://${host}/good?own`)], tenant: { outgoing_private_hosts: [host] } }), env: { SSL_CERT_FILE: ca.file }, test: t });
  paths['/good?own'] = paths['/good'];
  assert.equal(await prove('good', key, {}, own), 201);

  const ended = [];
  const began = Date.now();
  const all = many.map(async ({ client_id: id }) => { ended.push([id, await prove(id, key, {}, own), Date.now() - began]); });
  while (ended.length < many.length - threads / 2 && Date.now() - began < 4000) await new Promise((done) => { setTimeout(done, 20); });
  assert.equal(ended.length, many.length - threads / 2, 'they are told at once');
  for (const [id, status] of ended) assert.equal(status, 503, id);
  const busy = ended.map(([id]) => id);
  assert.equal(await prove('good', key, {}, own), 201, 'others go on');
  await new Browser(own).signIn('ana');
  assert.ok(Date.now() - began < 5000);
  await Promise.all(all);
  for (const [id, status] of ended.slice(busy.length)) assert.equal(status, 401, id);

  const [id] = busy;
  paths[`/hang?${id.slice(4)}`] = paths['/good'];
  assert.equal(await prove(id, key, {}, own), 201, 'it was not held against them');
});
