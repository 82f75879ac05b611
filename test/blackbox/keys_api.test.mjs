// SPDX-License-Identifier: Apache-2.0
// /api/v2/keys/signing: who may use it, and what it does to the keys.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Browser, claims, spa } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { Holder } from '../support/dpop.mjs';
import { request } from '../support/http.mjs';
import { makeKey, jwt } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const keysPath = 'api/v2/keys/signing';
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange';
const secret = 'secret-of-the-tests-0123456789-0123456789';
const own = '##ISSUER##api/v2/';
const machine = (client_id, more = {}) => ({ name: client_id, client_id, client_secret: secret, app_type: 'non_interactive',
  token_endpoint_auth_method: 'client_secret_post', grant_types: ['client_credentials'], ...more });
const grant = (client_id, ...scope) => ({ client_id, audience: own, scope });
const clients = [spa, machine('keeper'), machine('reader'), machine('maker'), machine('gone'),
  machine('desk', { grant_types: [exchange, 'client_credentials'],
    token_exchange: { subject_clients: ['shop', 'desk', 'keeper'], subject_audiences: ['https://api.example', own], targets: [{ audience: own, scope: ['read:signing_keys'] }], impersonation: true } })];
const grants = [grant('keeper', 'read:signing_keys', 'update:signing_keys'), grant('reader', 'read:signing_keys'),
  grant('maker', 'create:signing_keys'), grant('gone', 'read:signing_keys', 'update:signing_keys'), grant('desk', 'read:signing_keys'),
  { client_id: 'keeper', audience: 'https://api.example', scope: ['read:signing_keys'] }];
const tenant = (more = {}) => defaultTenant({ clients, clientGrants: grants, ...more });
const server = await serve({ tenant: tenant() });

async function tokenOf(client_id, { at = server, audience = `${at.issuer}api/v2/`, headers, ...form } = {}) {
  const answer = await request(`${at.origin}/oauth/token`, { headers, form: { grant_type: 'client_credentials', client_id, client_secret: secret, audience, ...form } });
  assert.equal(answer.status, 200, answer.text);
  return answer.json.access_token;
}

const call = (token, path = '', { at = server, method = 'GET', headers, scheme = 'Bearer', ...options } = {}) => request(`${at.origin}/${keysPath}${path}`, {
  method, headers: { ...(token !== undefined && { Authorization: `${scheme} ${token}` }), ...headers }, ...options });
const kidOf = (token) => JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid;
const published = async (at = server) => (await request(`${at.origin}/.well-known/jwks.json`)).json.keys.map(({ kid }) => kid);
const keeper = await tokenOf('keeper');
const list = async (token = keeper, at = server) => (await call(token, '', { at })).json;

function refuses(answer, status, { message = /./, code, reason, challenge } = {}) {
  assert.equal(answer.status, status, answer.text);
  assert.match(answer.header('content-type'), /^application\/json/);
  assert.equal(answer.header('cache-control'), 'no-store');
  assert.equal(answer.json.statusCode, status);
  assert.match(answer.json.message, message);
  assert.equal(answer.json.errorCode, code);
  assert.match(answer.json.error_uri, new RegExp(`/why/${reason}\\?id=[\\w-]{8,}$`));
  if (challenge) assert.match(answer.header('www-authenticate'), challenge);
  else assert.equal(answer.header('www-authenticate'), undefined);
}

const noToken = { message: /^Invalid token$/, reason: 'token_invalid', challenge: /^Bearer realm="Management API", error="invalid_token"/ };

test('without a token: 401, and no more than the scheme', async () => {
  for (const [path, method] of [['', 'GET'], ['/x', 'GET'], ['/rotate', 'POST'], ['/x/revoke', 'PUT']]) {
    refuses(await call(undefined, path, { method }), 401, { ...noToken, challenge: /^Bearer realm="Management API"$/ });
  }
  const about = await request((await call(undefined)).json.error_uri);
  assert.equal(about.status, 200);
});

test('a header that is not one: 400', async () => {
  for (const header of ['Basic a2VlcGVyOng=', 'Bearer', keeper, `Token ${keeper}`]) {
    refuses(await call(undefined, '', { headers: { Authorization: header } }), 400, { message: /^Bad HTTP authentication header format$/, code: 'Bearer', reason: 'request_invalid', challenge: /error="invalid_request"/ });
  }
});

test('no token of ours, or not for this API: 401', async () => {
  const browser = new Browser(server);
  await browser.signIn('ana');
  const silent = async (params) => browser.redeem(await browser.authorize({ prompt: 'none', ...params }));
  const plain = await silent({});
  const foreign = makeKey('RS256');
  const payload = claims(keeper);
  const now = Math.floor(Date.now() / 1000);
  const tokens = {
    'nonsense': 'x', 'dots': '..', 'an opaque one': plain.access_token, 'an id_token': plain.id_token,
    'another audience': await tokenOf('keeper', { audience: 'https://api.example' }),
    'a stranger signed it': jwt('RS256', foreign.privateKey, payload, { typ: 'JWT', kid: kidOf(keeper) }),
    'alg none': `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${keeper.split('.')[1]}.`,
    'its end was moved': `${keeper.split('.')[0]}.${Buffer.from(JSON.stringify({ ...payload, exp: now + 1e6 })).toString('base64url')}.${keeper.split('.')[2]}`,
  };
  for (const [what, token] of Object.entries(tokens)) {
    const answer = await call(token);
    assert.equal(answer.status, 401, what);
    refuses(answer, 401, noToken);
  }
});

test('a person never: no scopes for them, and their tokens are none', async () => {
  const browser = new Browser(server);
  await browser.signIn('ana');
  const answer = await browser.authorize({ prompt: 'none', audience: `${server.issuer}api/v2/`, scope: 'openid read:signing_keys update:signing_keys offline_access' });
  const tokens = await browser.redeem(answer);
  assert.equal(claims(tokens.access_token).scope, 'openid');
  assert.equal(tokens.refresh_token, undefined);
  refuses(await call(tokens.access_token), 401, noToken);

  const orders = await browser.redeem(await browser.authorize({ prompt: 'none', audience: 'https://api.example', scope: 'openid' }));
  for (const [what, subject_token] of [['ana', orders.access_token], ['keeper', keeper]]) {
    const made = await request(`${server.origin}/oauth/token`, { form: { grant_type: exchange, client_id: 'desk', client_secret: secret, subject_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', audience: `${server.issuer}api/v2/` } });
    assert.equal(made.status, 200, `${what}: ${made.text}`);
    refuses(await call(made.json.access_token), 401, noToken);
  }
});

test('where the tenant file names the API itself, a person is refused as well', async (t) => {
  const at = await serve({ test: t, tenant: tenant({ resourceServers: [{ name: 'Own', identifier: own, token_format: 'opaque', scopes: [{ value: 'read:signing_keys' }] }] }) });
  const browser = new Browser(at);
  await browser.signIn('ana');
  const tokens = await browser.redeem(await browser.authorize({ prompt: 'none', audience: `${at.issuer}api/v2/`, scope: 'openid read:signing_keys' }));
  refuses(await call(tokens.access_token, '', { at }), 401, noToken);
  const opaque = await tokenOf('reader', { at });
  assert.ok(!opaque.includes('.'));
  assert.equal((await call(opaque, '', { at })).status, 200);
});

test('the scope of each operation, and what the grant has lost', async () => {
  const lacks = (scopes) => ({ message: new RegExp(`^Insufficient scope, expected any of: ${scopes.replace(' ', ',')}$`), code: 'insufficient_scope', reason: 'token_invalid',
    challenge: new RegExp(`error="insufficient_scope".*, scope="${scopes}"$`) });
  const reader = await tokenOf('reader');
  const maker = await tokenOf('maker');
  const before = await list();
  refuses(await call(maker), 403, lacks('read:signing_keys'));
  refuses(await call(maker, `/${before[0].kid}`), 403, lacks('read:signing_keys'));
  refuses(await call(reader, '/rotate', { method: 'POST' }), 403, lacks('create:signing_keys update:signing_keys'));
  refuses(await call(maker, `/${before[0].kid}/revoke`, { method: 'PUT' }), 403, lacks('update:signing_keys'));
  assert.deepEqual(await list(reader), before);

  const gone = await tokenOf('gone');
  assert.equal((await call(gone)).status, 200);
  await server.apply(tenant({ clientGrants: grants.map((one) => (one.client_id === 'gone' ? grant('gone', 'update:signing_keys') : one)) }));
  for (const end = Date.now() + 20_000; (await call(gone)).status === 200 && Date.now() < end;) await sleep(50);
  refuses(await call(gone), 403, lacks('read:signing_keys'));
});

test('the list, and one of it', async () => {
  const keys = await list();
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    for (const state of ['next', 'current']) assert.equal(keys.filter((key) => key.alg === alg && key[state]).length, 1, `${alg} ${state}`);
  }
  for (const key of keys) {
    assert.equal([key.next, key.current, key.previous, key.revoked].filter((is) => is === true).length, 1);
    assert.equal('current_since' in key, !key.next);
    assert.ok(!JSON.stringify(key).includes('sealed'));
    const one = await call(keeper, `/${key.kid}`);
    assert.equal(one.status, 200);
    assert.equal(one.header('cache-control'), 'no-store');
    assert.deepEqual(one.json, key);
  }
  const shown = await published();
  assert.ok(keys.every(({ kid }) => shown.includes(kid)));
});

test('rotate: the next key signs at once, the one before verifies until it is revoked', async () => {
  const browser = new Browser(server);
  await browser.signIn('ana');
  const hintOf = async () => (await browser.redeem(await browser.authorize({ prompt: 'none' }))).id_token;
  const hint = await hintOf();
  const before = await list();
  const rs256 = (keys, state) => keys.find((key) => key.alg === 'RS256' && key[state]);
  const old = rs256(before, 'current');

  const rotated = await call(keeper, '/rotate', { method: 'POST' });
  assert.equal(rotated.status, 201, rotated.text);
  assert.equal(rotated.json.kid, rs256(before, 'next').kid);
  assert.equal(rotated.json.current, true);
  const shown = await published();
  const keys = await list();
  for (const alg of ['RS256', 'ES256', 'EdDSA']) {
    const of = (all, state) => all.find((key) => key.alg === alg && key[state]);
    assert.equal(of(keys, 'current').kid, of(before, 'next').kid, alg);
    assert.equal(keys.find(({ kid }) => kid === of(before, 'current').kid).previous, true, alg);
    assert.ok(shown.includes(of(keys, 'next').kid) && !before.some(({ kid }) => kid === of(keys, 'next').kid), alg);
  }
  assert.deepEqual([...new Set(keys.map(({ alg }) => alg))].sort(), ['ES256', 'EdDSA', 'RS256'], 'no other algorithm has got keys');
  assert.equal(keys.length, before.length + 3);
  assert.ok(shown.includes(old.kid));
  assert.equal(kidOf(await hintOf()), rotated.json.kid);
  const fresh = await tokenOf('keeper');
  assert.equal(kidOf(fresh), rotated.json.kid);
  assert.equal((await call(keeper)).status, 200, 'the token that the key before signed');
  assert.ok((await browser.authorize({ prompt: 'none', id_token_hint: hint })).params.code);

  const conflict = { message: /rotate first/, code: 'conflict', reason: 'request_invalid' };
  for (const state of ['current', 'next']) refuses(await call(fresh, `/${rs256(keys, state).kid}/revoke`, { method: 'PUT' }), 409, conflict);
  for (let times = 0; times < 2; times++) {
    const revoked = await call(fresh, `/${old.kid}/revoke`, { method: 'PUT' });
    assert.equal(revoked.status, 200, revoked.text);
    assert.equal(revoked.json.kid, old.kid);
    assert.equal(revoked.json.revoked, true);
    assert.match(revoked.json.revoked_at, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  }
  assert.ok(!(await published()).includes(old.kid));
  assert.equal((await browser.authorize({ prompt: 'none', id_token_hint: hint })).reason, 'hint_invalid');
  refuses(await call(keeper), 401, noToken);

  const commanded = JSON.parse((await server.command('key', 'list', '--json')).stdout);
  assert.equal(commanded.find(({ kid }) => kid === old.kid).state, 'revoked');
  let events = [];
  for (const end = Date.now() + 10_000; events.length < 3 && Date.now() < end; await sleep(200)) {
    events = JSON.parse((await server.command('log', '--json')).stdout).filter(({ type, details }) => type === 'sapi' && !details.command);
  }
  assert.deepEqual(events.map(({ description }) => description).sort(), ['Revoke a signing key', 'Revoke a signing key', 'Rotate the signing keys']);
  assert.ok(events.every(({ client_id }) => client_id === 'keeper'));
});

test('kids that are none, and methods that are not', async () => {
  const token = await tokenOf('keeper');
  const unknown = { code: 'inexistent_signing_key', reason: 'request_invalid' };
  for (const kid of ['x', '', 'a/b', '%2e%2e', "'%20OR%201=1--", 'x'.repeat(4000), '%C3%A9']) {
    refuses(await call(token, `/${kid}`), 404, unknown);
    refuses(await call(token, `/${kid}/revoke`, { method: 'PUT' }), 404, unknown);
  }
  for (const kid of ['%', '%zz', '%ff', '%00']) {
    refuses(await call(token, `/${kid}`), 400, { code: 'invalid_uri', reason: 'request_invalid' });
    refuses(await call(token, `/${kid}/revoke`, { method: 'PUT' }), 400, { code: 'invalid_uri', reason: 'request_invalid' });
  }
  const wrong = [['', 'POST', 'GET'], ['', 'DELETE', 'GET'], ['/rotate', 'GET', 'POST'], ['/rotate', 'PUT', 'POST'], ['/x', 'PUT', 'GET'], ['/x/revoke', 'GET', 'PUT'],
    ['/x/revoke', 'POST', 'GET, PUT'], ['/x', 'DELETE', 'GET, PUT']];
  for (const [path, method, allow] of wrong) {
    const answer = await call(token, path, { method });
    assert.equal(answer.status, 405, `${method} ${path}`);
    assert.equal(answer.header('allow'), allow, `${method} ${path}`);
  }
});

test('a token that is bound to a DPoP key, only with its proof', async () => {
  const url = `${server.origin}/${keysPath}`;
  const [holder, thief] = [new Holder(), new Holder()];
  const token = await tokenOf('keeper', { headers: { DPoP: holder.proof('POST', `${server.origin}/oauth/token`) } });
  const proven = (by, options = {}) => call(token, '', { scheme: 'DPoP', headers: { DPoP: by.proof('GET', options.url ?? url, { token, ...options }) } });
  assert.equal((await proven(holder)).status, 200);
  refuses(await call(token), 401, { ...noToken, reason: 'key_mismatch', challenge: /^DPoP realm="Management API".*error="invalid_token"/ });
  for (const answer of [await call(token, '', { scheme: 'DPoP' }), await proven(thief), await proven(holder, { url: `${url}/rotate` })]) {
    assert.equal(answer.status, 401, answer.text);
    assert.match(answer.header('www-authenticate'), /^DPoP realm="Management API"/);
  }
  const revoke = (htm) => call(token, '/none/revoke', { method: 'PUT', scheme: 'DPoP', headers: { DPoP: holder.proof(htm, `${url}/none/revoke`, { token }) } });
  assert.equal((await revoke('PUT')).status, 404, 'htm is the method');
  for (const htm of ['POST', 'GET', 'put']) assert.equal((await revoke(htm)).status, 401, htm);
});

test('a token that is bound to a certificate, only with it', async (t) => {
  const authority = makeAuthority();
  after(() => authority.remove());
  const pair = authority.issueClient('/CN=keeper');
  const bound = machine('bound', { tls_client_certificate_bound_access_tokens: true });
  const at = await serve({ test: t, tls: { ...authority.issue('localhost', 'mtls.localhost'), ca: authority.pem }, args: ['--mtls-host', 'mtls.localhost', '--mtls-ca', authority.file],
    tenant: tenant({ clients: [...clients, bound], clientGrants: [grant('bound', 'read:signing_keys')] }) });
  const there = `https://mtls.localhost:${at.port}`;
  const withPair = { ca: authority.pem, cert: pair.cert, key: pair.key };
  const made = await request(`${there}/oauth/token`, { ...withPair, form: { grant_type: 'client_credentials', client_id: 'bound', client_secret: secret, audience: `${at.issuer}api/v2/` } });
  assert.equal(made.status, 200, made.text);
  const headers = { Authorization: `Bearer ${made.json.access_token}` };
  assert.equal((await request(`${there}/${keysPath}`, { ...withPair, headers })).status, 200);
  refuses(await request(`${at.origin}/${keysPath}`, { ca: authority.pem, headers }), 401, { ...noToken, reason: 'key_mismatch' });
});

test('a token that was revoked', async () => {
  const token = await tokenOf('reader');
  assert.equal((await call(token)).status, 200);
  const done = await request(`${server.origin}/oauth/revoke`, { form: { client_id: 'reader', client_secret: secret, token } });
  assert.equal(done.status, 200, done.text);
  refuses(await call(token), 401, noToken);
});

test('more often than the tenant allows: 429', async (t) => {
  const at = await serve({ test: t, tenant: tenant({ attackProtection: { requests_per_minute: 5 } }) });
  const token = await tokenOf('reader', { at });
  const answers = [];
  for (let i = 0; i < 12; i++) answers.push(await call(token, '', { at }));
  const limited = answers.filter(({ status }) => status === 429);
  assert.ok(answers[0].status === 200 && limited.length > 0);
  refuses(limited[0], 429, { message: /^Global limit has been reached$/, code: 'too_many_requests', reason: 'too_many_requests' });
  assert.match(limited[0].header('retry-after'), /^[1-9]\d*$/);
});
