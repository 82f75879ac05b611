// SPDX-License-Identifier: Apache-2.0
// Signing keys: published ahead, rotated by schedule, kept for as long as they are of use, sealed
// at rest; and jwks.json as something that caches may keep.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Browser, claims } from '../support/browser.mjs';
import { run, serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const jwks = '/.well-known/jwks.json';
const tenantOf = (every) => defaultTenant({ tenant: { signing_key_rotation: { every } } });
const published = async (server) => (await new Browser(server).send(jwks)).response.json.keys.map(({ kid }) => kid);
const kidOf = (jwt) => JSON.parse(Buffer.from(jwt.split('.')[0], 'base64url')).kid;

async function keysOf(server, alg) {
  const all = JSON.parse((await server.command('key', 'list', '--json')).stdout);
  return all.filter((key) => !alg || key.alg === alg);
}

const algsOf = (keys) => [...new Set(keys.map((key) => key.alg))].sort();
const hasKeys = ['ECDH-ES', 'ES256', 'EdDSA', 'RS256']; // from the first start
const inState = (keys, state) => keys.filter((key) => key.state === state);

async function until(what, holds, seconds = 20) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(200)) if (await holds()) return;
  assert.fail(`not within ${seconds} s: ${what}`);
}

test('jwks.json has a tag, and who has it already is told so', async () => {
  const server = await serve({});
  const browser = new Browser(server);
  const first = await browser.send(jwks);
  const tag = first.header('etag');
  assert.match(tag, /^"[\w-]{43}"$/);
  assert.match(first.header('cache-control'), /^public, max-age=\d+$/);
  for (const header of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
    const again = await browser.send(jwks, { headers: { 'If-None-Match': header } });
    assert.equal(again.status, 304, header);
    assert.equal(again.text, '');
    assert.equal(again.header('etag'), tag);
    assert.match(again.header('cache-control'), /max-age/);
  }
  for (const header of ['"other"', tag.slice(1, -1), `${tag}x`, '"']) {
    assert.equal((await browser.send(jwks, { headers: { 'If-None-Match': header } })).status, 200, header);
  }
  assert.equal((await server.command('key', 'rotate', '--alg', 'ES256')).code, 0);
  await until('another tag', async () => (await browser.send(jwks, { headers: { 'If-None-Match': tag } })).status === 200);
});

test('by schedule the next key, known to everybody before, takes over; the one before still verifies', async (t) => {
  const server = await serve({ tenant: tenantOf(4), test: t });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const token = async () => (await browser.redeem(await browser.authorize({ prompt: 'none' }))).id_token;
  const seen = new Set(await published(server));
  const first = await token();
  assert.ok(seen.has(kidOf(first)));
  let now = first;
  await until('another key signs', async () => {
    const known = new Set(seen);
    for (const kid of await published(server)) seen.add(kid);
    now = await token();
    assert.ok(known.has(kidOf(now)), 'it was published before it signed');
    return kidOf(now) !== kidOf(first);
  });
  assert.ok((await published(server)).includes(kidOf(first)), 'the one before is still there');
  const silent = await browser.authorize({ prompt: 'none', id_token_hint: first });
  assert.ok(silent.params.code, JSON.stringify(silent.params));
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const keys = await keysOf(server, alg);
    assert.equal(inState(keys, 'next').length, 1, alg);
    assert.equal(inState(keys, 'current').length, 1, alg);
    assert.ok(inState(keys, 'previous').length >= 1, alg);
  }
  assert.deepEqual(algsOf(await keysOf(server)), hasKeys, 'and no other algorithm has got keys');
  assert.equal(claims(now).sub, claims(first).sub);
});

test('without --alg each algorithm that signs moves on, and no other gets keys', async (t) => {
  const server = await serve({ test: t });
  const moved = (before, after, algs) => {
    assert.deepEqual(algsOf(after), algsOf(before));
    for (const alg of algs) {
      const kid = (keys, state) => inState(keys, state).filter((key) => key.alg === alg).map((key) => key.kid);
      assert.deepEqual(kid(after, 'current'), kid(before, 'next'), alg);
      assert.deepEqual(kid(after, 'previous').sort(), [...kid(before, 'previous'), ...kid(before, 'current')].sort(), alg);
      assert.equal(kid(after, 'next').length, 1, alg);
      assert.ok(!before.some((key) => key.kid === kid(after, 'next')[0]), alg);
    }
    assert.equal(after.length, before.length + algs.length);
    assert.deepEqual(after.filter((key) => key.alg === 'ECDH-ES'), before.filter((key) => key.alg === 'ECDH-ES'), 'what is encrypted to us: by name only');
  };
  const rotate = async (...options) => {
    const before = await keysOf(server);
    const done = await server.command('key', 'rotate', ...options, '--json');
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(JSON.parse(done.stdout), await keysOf(server), 'it prints what is there now');
    return [before, await keysOf(server)];
  };
  const first = await keysOf(server);
  assert.deepEqual(algsOf(first), hasKeys);
  const refused = await server.command('key', 'rotate', '--alg', 'PS256');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /no PS256 keys: a server makes them when a client or an API is set to PS256/);
  assert.deepEqual(await keysOf(server), first, 'nothing was changed');
  moved(...await rotate(), ['RS256', 'ES256', 'EdDSA']);
  moved(...await rotate('--alg', 'EdDSA'), ['EdDSA']);

  await server.apply({ ...server.tenant, clients: [...server.tenant.clients, { name: 'PS', client_id: 'ps', app_type: 'spa', jwt_configuration: { alg: 'PS256' } }] });
  await until('the keys that were asked for', async () => algsOf(await keysOf(server)).includes('PS256'));
  moved(...await rotate(), ['RS256', 'ES256', 'EdDSA', 'PS256']);
});

test('without a schedule nothing moves', async () => {
  const server = await serve({ env: { TACIT_CLOCK_OFFSET: '0' } });
  const before = await keysOf(server);
  await server.restart({ env: { TACIT_CLOCK_OFFSET: String(400 * 86400) } });
  await sleep(1500);
  assert.deepEqual(await keysOf(server), before);
});

test('two processes on one store rotate once', async (t) => {
  const every = 5;
  const server = await serve({ tenant: tenantOf(every), test: t });
  const second = await serve({ tenant: tenantOf(every), data: server.data, test: t });
  await until('three turns', async () => inState(await keysOf(server, 'ES256'), 'previous').length >= 3, 40);
  const since = (await keysOf(server, 'ES256')).filter((key) => key.current_since).map((key) => Date.parse(key.current_since) / 1000).sort((a, b) => a - b);
  for (let i = 1; i < since.length; i++) assert.ok(since[i] - since[i - 1] >= every, `${since}`);
  await until('both publish the same', async () => `${await published(server)}` === `${await published(second)}`);
});

test('a previous key goes when nothing that it signed can be of use', async (t) => {
  const every = 30 * 86400;
  const tenant = tenantOf(every);
  const server = await serve({ tenant, test: t });
  const [first] = inState(await keysOf(server, 'RS256'), 'current');
  const at = async (seconds) => {
    await server.restart({ env: { TACIT_CLOCK_OFFSET: String(seconds) } });
    await sleep(1500);
  };
  await at(every - 3600);
  assert.equal(inState(await keysOf(server, 'RS256'), 'previous').length, 0, 'not before its time');
  await at(every + 60);
  await until('rotated', async () => inState(await keysOf(server, 'RS256'), 'previous').length === 1);
  // Sessions last a week here: so long an id_token may come back as a hint.
  await at(every + 6 * 86400);
  assert.ok((await published(server)).includes(first.kid), 'still of use');
  await at(every + 7 * 86400 + 3600);
  await until('gone', async () => !(await published(server)).includes(first.kid));
  const all = await keysOf(server);
  assert.equal(all.find(({ kid }) => kid === first.kid).state, 'revoked');

  const log = JSON.parse((await server.command('log', '--type', 'sapi', '--json')).stdout).reverse().slice(1);
  for (const { event_id: id, date, type, description, weight, details, ...rest } of log) assert.deepEqual({ weight, command: details.command, kind: details.kind, ...rest }, { weight: 1, command: 'serve', kind: 'key' });
  const told = (what) => log.filter(({ description }) => description === what).flatMap(({ details }) => details.id.split(' ')).sort();
  const kids = (...states) => all.filter(({ alg, state }) => alg !== 'ECDH-ES' && states.includes(state)).map(({ kid }) => kid).sort();
  const [rotated, revoked] = [told('Rotate the signing keys by schedule'), told('Revoke signing keys by schedule')];
  assert.deepEqual(rotated, kids('current'));
  assert.deepEqual(revoked, kids('revoked'));
  assert.equal(log.length, rotated.length + 1, 'each rotation is one, and those that went together are one');
});

test('private keys are sealed: the database alone, or with another master key, signs nothing', async (t) => {
  const server = await serve({ test: t });
  await new Browser(server).signIn('ana');
  await server.halt();
  const bytes = Buffer.concat(['default.db', 'default.db-wal'].map((name) => {
    try { return readFileSync(join(server.data, name)); } catch { return Buffer.alloc(0); }
  }));
  assert.ok(bytes.includes('EdDSA'), 'the test looks where the keys are');
  for (const secret of ['"d":', 'PRIVATE KEY', '"kty"']) assert.ok(!bytes.includes(secret), secret);
  const stolen = join(server.dir, 'stolen');
  cpSync(server.data, stolen, { recursive: true });
  writeFileSync(join(stolen, 'master.key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
  const start = await run(['serve', '--listen', '127.0.0.1:0', '--issuer', 'http://localhost:0/', '--data', stolen]);
  assert.notEqual(start.code, 0);
  assert.match(start.stderr, /does not open with this master key/);
});

test('a schedule that makes no sense is refused with its name', async (t) => {
  for (const every of [-1, 'daily', 1e12]) await assert.rejects(serve({ tenant: tenantOf(every), test: t }), /signing_key_rotation\.every: must be/);
});
