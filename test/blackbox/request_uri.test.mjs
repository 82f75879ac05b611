// SPDX-License-Identifier: Apache-2.0
// Request objects that are fetched: OpenID Connect Core 1.0, 6.2. Registered URLs only, nothing private, nothing
// often; whatever is there, one clear answer, and a silent request never waits long.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import https from 'node:https';
import { after, test } from 'node:test';

import { Browser, refusal } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { jwt, makeKey, publicPem, signedBy } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const ca = makeAuthority();
after(() => ca.remove());
const rs = makeKey('RS256');
const keys = [rs, makeKey('PS256'), makeKey('ES256'), makeKey('EdDSA')];
const callback = 'https://rp.example/cb';
const there = {};
const asked = {};
const { cert, key } = ca.issue('localhost');
const files = https.createServer({ cert, key }, (incoming, answer) => {
  asked[incoming.url] = (asked[incoming.url] ?? 0) + 1;
  const body = there[incoming.url];
  if (typeof body === 'function') body(answer);
  else if (body === undefined) answer.writeHead(404).end();
  else answer.end(body);
});
await new Promise((done) => { files.listen(0, '127.0.0.1', done); });
after(() => { files.closeAllConnections(); files.close(); });
const host = `localhost:${files.address().port}`;
const at = (path) => `https://${host}${path}`;

const names = ['/signed', '/none', '/hang', '/gone', '/redirect', '/large', '/many', '/now', ...keys.map(({ alg }) => `/${alg}`), ...Array.from({ length: 12 }, (_, i) => `/bad${i}`)];
const rp = { ...webApp, client_id: 'rp', name: 'RP', callbacks: [callback], jwks: { keys: keys.map(({ jwk }) => jwk) },
  request_uris: [...names.map(at), at('/exact#fragment'), `https://127.0.0.1:${files.address().port}/signed`, at('/query?a=b')] };
const mayBeUnsigned = { unsigned_request_objects: true };
const tenant = (settings) => defaultTenant({ clients: [rp, { ...rp, client_id: 'stranger' }], tenant: { outgoing_private_hosts: [host], ...settings } });
const env = { SSL_CERT_FILE: ca.file };
const server = await serve({ tenant: tenant(), env });
const client = rp;

const claims = (changes = {}) => ({ iss: 'rp', aud: server.issuer, client_id: 'rp', response_type: 'code', redirect_uri: callback, scope: 'openid', state: 'xyz', ...changes });
const ask = (uri, { params = {}, browser = new Browser(server, { client }), ...options } = {}) => browser.authorize(
  Object.entries({ client_id: 'rp', response_type: 'code', scope: 'openid', redirect_uri: callback, prompt: 'none', state: 'xyz', request_uri: uri, ...params }), options);

test('a signed object counts, whatever the browser says beside it', async () => {
  there['/signed'] = signedBy(rs, claims({ state: 'inside', prompt: 'none' }));
  const answer = await ask(at('/signed'), { params: { state: 'outside' } });
  answer.redirectsTo(callback, { ...refusal('login_required'), state: 'inside' });
  const browser = new Browser(server, { client });
  await browser.signIn('ana');
  (await ask(at('/signed'), { browser })).redirectsTo(callback, { code: /./, state: 'inside' });
});

for (const one of keys) {
  test(`signed with ${one.alg}; its redirect_uri is enough`, async () => {
    there[`/${one.alg}`] = `\n${signedBy(one, claims({ state: 'inside', prompt: 'none' }))}\n`;
    (await ask(at(`/${one.alg}`), { params: { redirect_uri: '' } })).redirectsTo(callback, { ...refusal('login_required'), state: 'inside' });
  });
}

test('a person signs in by one, and it is not asked for again on the way', async () => {
  there['/now'] = signedBy(rs, claims());
  const browser = new Browser(server, { client });
  const first = await browser.follow(await ask(at('/now'), { browser, params: { prompt: '' } }));
  there['/now'] = undefined;
  const back = await browser.fillIn(first, browser.user('ana'));
  assert.ok(back.params.code, back.text.slice(0, 300));
  assert.equal(asked['/now'], 1);
});

test('only what is registered is asked', async () => {
  const before = { ...asked };
  for (const uri of [at('/signed?x'), at('/signed/'), at('/Signed'), at('/other'), at('/exact'), at('/exact#other'), at('/query'), 'https://rp.example/signed', `http://${host}/signed`,
    'file:///etc/passwd', 'urn:x', 'x', `${at('/signed')} `, `https://${host.toUpperCase()}/signed`, '\u0000']) {
    const answer = await ask(uri);
    assert.ok(['invalid_request_uri', 'invalid_request'].includes(answer.params.error), `${uri}: ${answer.text.slice(0, 200)}`);
  }
  const stranger = await ask(at('/signed'), { params: { client_id: 'stranger' } });
  assert.equal(stranger.params.error, 'invalid_request_object', 'made for another client');
  assert.deepEqual({ ...asked, '/signed': 0 }, { ...before, '/signed': 0 });
});

test('an address of this computer is not asked unless the setting names it', async () => {
  (await ask(`https://127.0.0.1:${files.address().port}/signed`)).redirectsTo(callback, refusal('invalid_request_uri'));
});

test('what is not an object of this client is refused', async () => {
  const hmac = jwt('HS256', publicPem(rs), claims(), { kid: rs.kid });
  const other = makeKey('RS256');
  const bad = ['', 'x', 'a.b.c', '<html>', jwt('none', null, claims()), hmac, signedBy(other, claims()), signedBy(rs, claims({ iss: 'evil' })), signedBy(rs, claims({ aud: 'https://evil.example/' })),
    signedBy(rs, claims({ exp: 1000 })), signedBy(rs, claims({ request_uri: at('/signed') })), signedBy(rs, claims({ client_id: 'office' }))];
  for (const [i, body] of bad.entries()) {
    there[`/bad${i}`] = body;
    const answer = await ask(at(`/bad${i}`));
    assert.match(answer.params.error, /^invalid_request_(object|uri)$/, `${i}: ${answer.text.slice(0, 200)}`);
    assert.match(answer.params.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
    assert.ok(!answer.params.code);
  }
});

test('no answer, a redirect, too much: one clear error', async () => {
  there['/redirect'] = (answer) => answer.writeHead(302, { Location: '/signed' }).end();
  there['/large'] = 'x'.repeat(70_000);
  for (const path of ['/gone', '/redirect', '/large']) (await ask(at(path))).redirectsTo(callback, refusal('invalid_request_uri'));
  const unknown = await ask(at('/gone'), { params: { redirect_uri: '' } });
  assert.equal(unknown.status, 400);
});

test('with request beside it, neither counts', async () => {
  (await ask(at('/signed'), { params: { request: there['/signed'] } })).redirectsTo(callback, refusal('invalid_request'));
});

test('one that never answers is given up in bounded time, and nobody else waits for it', async () => {
  there['/hang'] = () => {};
  const began = Date.now();
  const slow = ask(at('/hang'), { params: { response_mode: 'query' }, frame: true });
  const quick = new Browser(server, { client });
  (await quick.authorize({ prompt: 'none' })).redirectsTo(callback, refusal('login_required'));
  assert.ok(Date.now() - began < 3000, 'the loop does not wait');
  (await slow).redirectsTo(callback, refusal('invalid_request_uri'));
  assert.ok(Date.now() - began < 15_000);
});

test('many at once neither fill the pool nor go unanswered', async () => {
  there['/many'] = () => {};
  const answers = Array.from({ length: 12 }, () => ask(at('/many')));
  const browser = new Browser(server, { client });
  const page = await browser.follow(await browser.authorize({}));
  assert.equal(page.status, 200);
  for (const answer of await Promise.all(answers)) assert.match(answer.params.error, /^(temporarily_unavailable|invalid_request_uri)$/);
});

test('what its fragment is the digest of is not asked for twice; the rest not within seconds', async (t) => {
  const own = await serve({ test: t, env, tenant: tenant() });
  const object = signedBy(rs, { ...claims({ prompt: 'none' }), aud: own.issuer });
  there['/signed'] = object;
  const digest = createHash('sha256').update(object).digest('base64url');
  const browser = new Browser(own, { client });
  const before = asked['/signed'];
  for (let i = 0; i < 3; i++) (await ask(`${at('/signed')}#${digest}`, { browser })).redirectsTo(callback, refusal('login_required'));
  assert.equal(asked['/signed'], before + 1);
  for (let i = 0; i < 3; i++) (await ask(`${at('/signed')}#now`, { browser })).redirectsTo(callback, refusal('login_required'));
  assert.ok(asked['/signed'] <= before + 3, String(asked['/signed'] - before));
});

test('unsigned ones behind the tenant\'s setting', async (t) => {
  there['/none'] = jwt('none', null, { ...claims({ state: 'inside' }) });
  (await ask(at('/none'))).redirectsTo(callback, refusal('invalid_request_object'));
  const own = await serve({ test: t, env, tenant: tenant(mayBeUnsigned) });
  there['/none'] = jwt('none', null, { ...claims({ state: 'inside' }), aud: own.issuer });
  (await ask(at('/none'), { browser: new Browser(own, { client }) })).redirectsTo(callback, { ...refusal('login_required'), state: 'inside' });
});

test('discovery tells; a pushed request still takes none', async () => {
  const told = (await new Browser(server).send('/.well-known/openid-configuration')).response.json;
  assert.equal(told.request_uri_parameter_supported, true);
  assert.equal(told.require_request_uri_registration, true);
  const pushed = await new Browser(server).send('/oauth/par', { form: { client_id: 'rp', client_secret: webApp.client_secret, redirect_uri: callback, response_type: 'code', request_uri: at('/signed') } });
  assert.equal(pushed.status, 400);
});
