// SPDX-License-Identifier: Apache-2.0
// Token exchange (RFC 8693): what the policy of a client allows, who acts for whom, and all that
// is refused.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { applied, postLogin, tenantWith } from '../support/actions.mjs';
import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
const type = (name) => `urn:ietf:params:oauth:token-type:${name}`;
const [orders, stock, ledger] = ['https://orders.example', 'https://stock.example', 'https://ledger.example'];
const secretOf = (id) => `${id}-secret-of-the-tests-0123456789`;
const backend = (client_id, token_exchange, more = {}) => ({ name: client_id, client_id, client_secret: secretOf(client_id), app_type: 'non_interactive',
  token_endpoint_auth_method: 'client_secret_post', grant_types: [grant_type, 'client_credentials'], token_exchange, ...more });

const targets = [{ audience: stock, scope: ['read:stock', 'write:stock'] }, { audience: orders, scope: ['read:orders', 'write:orders'] },
  { audience: ledger, scope: ['read:ledger'] }, { audience: 'https://gone.example', scope: [] }];
const ordersApi = backend('orders-api', { subject_audiences: [orders], targets }, { callbacks: spa.callbacks });
const stockApi = backend('stock-api', { subject_audiences: [stock], targets: [{ audience: ledger, scope: ['read:ledger'] }] });
const desk = backend('desk', { subject_clients: ['shop'], targets, impersonation: true });
const idle = backend('idle', {});
const without = backend('without', { subject_clients: ['shop'], targets }, { grant_types: ['client_credentials'] });
const open = { ...spa, client_id: 'open', token_endpoint_auth_method: 'none', grant_types: ['authorization_code', grant_type], token_exchange: { targets } };
const signer = { ...spa, client_id: 'hs', jwt_configuration: { alg: 'HS256' }, client_secret: secretOf('hs'), app_type: 'regular_web', token_endpoint_auth_method: 'client_secret_post' };

const api = (identifier, ...scopes) => ({ name: identifier, identifier, scopes: scopes.map((value) => ({ value })), token_lifetime: 3600 });
const tenant = defaultTenant({
  clients: [spa, open, signer, ordersApi, stockApi, desk, idle, without],
  resourceServers: [api(orders, 'read:orders', 'write:orders'), api(stock, 'read:stock', 'write:stock', 'count:stock'),
    { ...api(ledger, 'read:ledger'), token_format: 'opaque' }],
  clientGrants: [{ client_id: 'orders-api', audience: orders, scope: ['read:orders'] }],
  users: [...users, { email: 'cal@example.com', password: 'correct horse cal' }],
});
const server = await serve({ tenant });
const browser = new Browser(server);
await browser.signIn('ana');

const tokensOf = async (params = {}, by = browser) => by.redeem(await by.authorize({ prompt: 'none', audience: orders, scope: 'openid read:orders', ...params }));
const tokens = await tokensOf();
const { sub, sid } = claims(tokens.id_token);

const ask = (client, fields = {}, at = server) => new Browser(at).send('/oauth/token', { jar: undefined, form: {
  grant_type, client_id: client.client_id, client_secret: client.client_secret, subject_token: tokens.access_token,
  subject_token_type: type('access_token'), audience: stock, ...fields } });

async function exchanged(client, fields, at) {
  const answer = await ask(client, fields, at);
  assert.equal(answer.status, 200, answer.text);
  answer.isNeverCached();
  return answer.response.json;
}

function refuses(answer, error, reason, description = /./) {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.response.json.error, error, answer.text);
  assert.match(answer.response.json.error_description, description);
  assert.match(answer.response.json.error_uri, new RegExp(`/why/${reason}\\?`));
}

const introspect = async (token, client = desk) => (await browser.send('/oauth/introspect', { jar: undefined,
  form: { token, client_id: client.client_id, client_secret: client.client_secret } })).response.json;

test('an API exchanges the token it was called with: the person stays, and the API acts', async () => {
  const answer = await exchanged(ordersApi);
  assert.deepEqual(Object.keys(answer).sort(), ['access_token', 'expires_in', 'issued_token_type', 'scope', 'token_type']);
  assert.equal(answer.issued_token_type, type('access_token'));
  assert.equal(answer.token_type, 'Bearer');
  assert.equal(answer.scope, 'read:stock write:stock');
  const at = claims(answer.access_token);
  assert.equal(at.iss, server.issuer);
  assert.equal(at.sub, sub);
  assert.equal(at.aud, stock);
  assert.equal(at.azp, 'orders-api');
  assert.equal(at.sid, sid);
  assert.deepEqual(at.act, { sub: 'orders-api@clients', client_id: 'orders-api' });
});

test('resource is the same as audience, jwt as access_token', async () => {
  const answer = await exchanged(ordersApi, { audience: undefined, resource: stock, requested_token_type: type('jwt'), scope: 'read:stock' });
  assert.equal(answer.issued_token_type, type('jwt'));
  assert.equal(answer.scope, 'read:stock');
});

test('who acted before stands inside who acts now', async () => {
  const first = await exchanged(ordersApi);
  const second = await exchanged(stockApi, { subject_token: first.access_token, audience: ledger });
  const seen = await introspect(second.access_token);
  assert.deepEqual(seen.act, { sub: 'stock-api@clients', client_id: 'stock-api', act: { sub: 'orders-api@clients', client_id: 'orders-api' } });
  assert.equal(seen.sub, sub);
  assert.equal(seen.aud, ledger);
});

test('an actor_token of the client\'s own names the actor', async () => {
  const machine = (await browser.send('/oauth/token', { jar: undefined, form: { grant_type: 'client_credentials', client_id: ordersApi.client_id,
    client_secret: ordersApi.client_secret, audience: orders } })).response.json.access_token;
  const answer = await exchanged(ordersApi, { actor_token: machine, actor_token_type: type('access_token') });
  assert.deepEqual(claims(answer.access_token).act, { sub: 'orders-api@clients', client_id: 'orders-api' });
  refuses(await ask(ordersApi, { actor_token: tokens.access_token, actor_token_type: type('access_token') }), 'invalid_request', 'grant_not_allowed', /actor_token was not issued/);
  refuses(await ask(ordersApi, { actor_token: 'x', actor_token_type: type('access_token') }), 'invalid_request', 'token_invalid', /actor_token is not/);
  refuses(await ask(ordersApi, { actor_token: machine }), 'invalid_request', 'request_invalid', /together/);
  refuses(await ask(ordersApi, { actor_token_type: type('access_token') }), 'invalid_request', 'request_invalid', /together/);
});

test('impersonation only where the policy has it, and it forgets nobody who acted before', async () => {
  const plain = await exchanged(desk);
  assert.ok(!('act' in claims(plain.access_token)));
  assert.equal(claims(plain.access_token).sub, sub);
  const passed = await exchanged(ordersApi, { audience: orders, scope: 'read:orders' });
  const own = await exchanged(ordersApi, { subject_token: passed.access_token, audience: orders });
  assert.equal(claims(own.access_token).act.act.sub, 'orders-api@clients');
});

test('an id_token as subject: of the client\'s choosing, while its session lives', async (t) => {
  const own = await serve({ tenant, test: t });
  const person = new Browser(own);
  await person.signIn('ana');
  const { id_token } = await tokensOf({}, person);
  const fields = { subject_token: id_token, subject_token_type: type('id_token') };
  assert.equal(claims((await exchanged(desk, fields, own)).access_token).sub, claims(id_token).sub);
  refuses(await ask(ordersApi, fields, own), 'invalid_request', 'grant_not_allowed', /may not exchange/);
  refuses(await ask(desk, { ...fields, subject_token_type: type('access_token') }, own), 'invalid_request', 'token_invalid');
  await person.send('/v2/logout');
  refuses(await ask(desk, fields, own), 'invalid_request', 'token_invalid', /session that has ended/);
});

test('whose tokens: its own, of clients and for APIs that the policy names', async () => {
  refuses(await ask(stockApi, { audience: ledger }), 'invalid_request', 'grant_not_allowed', /may not exchange this subject_token/);
  refuses(await ask(idle), 'invalid_request', 'grant_not_allowed', /may not exchange this subject_token/);
  const opaque = (await tokensOf({ audience: undefined, scope: 'openid' })).access_token;
  refuses(await ask(ordersApi, { subject_token: opaque }), 'invalid_request', 'grant_not_allowed');
  assert.equal((await ask(desk, { subject_token: opaque })).status, 200);
});

test('for what: targets of the policy, one of them', async () => {
  const nothing = { 'https://nowhere.example': 'invalid_target', 'https://gone.example': 'invalid_target', [`${server.issuer}userinfo`]: 'invalid_target' };
  for (const [audience, error] of Object.entries(nothing)) refuses(await ask(ordersApi, { audience }), error, 'grant_not_allowed');
  refuses(await ask(ordersApi, { audience: undefined }), 'invalid_target', 'request_invalid');
  refuses(await ask(ordersApi, { audience: undefined, resource: [stock, orders] }), 'invalid_target', 'request_invalid');
  refuses(await ask(ordersApi, { resource: orders }), 'invalid_target', 'request_invalid');
  refuses(await ask(ordersApi, { audience: undefined, resource: `${stock}#x` }), 'invalid_target', 'request_invalid');
  refuses(await ask(stockApi, { subject_token: (await exchanged(ordersApi)).access_token, audience: stock }), 'invalid_target', 'grant_not_allowed');
});

test('with which scopes: those of the policy, and for the same API no more than before', async () => {
  for (const scope of ['count:stock', 'read:stock openid', 'offline_access', 'profile', 'read:orders']) {
    refuses(await ask(ordersApi, { scope }), 'invalid_scope', 'grant_not_allowed');
  }
  assert.equal((await exchanged(ordersApi, { audience: orders })).scope, 'read:orders');
  refuses(await ask(ordersApi, { audience: orders, scope: 'write:orders' }), 'invalid_scope', 'grant_not_allowed');
});

test('it opens nothing of ours, and nothing can be refreshed', async () => {
  const { access_token: token } = await exchanged(ordersApi);
  const userinfo = await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${token}` } });
  assert.equal(userinfo.status, 403);
});

test('who may ask: a client that proves itself and has the grant', async () => {
  refuses(await ask(open, { client_secret: undefined }), 'unauthorized_client', 'grant_not_allowed', /authenticates/);
  refuses(await ask(without), 'unauthorized_client', 'grant_not_allowed', /not allowed for the client/);
  const wrong = await ask({ ...desk, client_secret: 'wrong' });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.response.json.error, 'invalid_client');
});

test('types: what can be presented, and what can be had', async () => {
  for (const name of ['refresh_token', 'saml2', 'jwt', 'x']) refuses(await ask(desk, { subject_token_type: type(name) }), 'invalid_request', 'token_invalid');
  for (const name of ['refresh_token', 'id_token', 'saml2', 'x']) refuses(await ask(desk, { requested_token_type: type(name) }), 'invalid_request', 'request_invalid');
  refuses(await ask(desk, { subject_token: undefined }), 'invalid_request', 'request_invalid');
  refuses(await ask(desk, { subject_token_type: undefined }), 'invalid_request', 'request_invalid');
  refuses(await ask(desk, { audience: ledger, requested_token_type: type('jwt') }), 'invalid_request', 'request_invalid', /requested_token_type/);
  refuses(await ask(desk, { subject_token: [tokens.access_token, tokens.access_token] }), 'invalid_request', 'request_invalid');
});

test('forged, foreign and changed tokens', async () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [head, body, signature] = tokens.access_token.split('.');
  const hs = (value, key) => { const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(value)}`; return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`; };
  const forged = [`${head}.${part({ ...claims(tokens.access_token), sub: 'x' })}.${signature}`, `${part({ alg: 'none' })}.${body}.`, `${head}.${body}.`,
    hs(claims(tokens.access_token), secretOf('hs')), '', 'a.b.c', 'x'];
  for (const subject_token of forged) {
    const answer = await ask(desk, { subject_token });
    assert.equal(answer.status, 400, subject_token);
    assert.equal(answer.response.json.error, 'invalid_request');
  }
  // A client that shares a secret with us could make such an id_token in anybody's name.
  const made = hs({ ...claims(tokens.id_token), aud: 'hs' }, secretOf('hs'));
  refuses(await ask(desk, { subject_token: made, subject_token_type: type('id_token') }), 'invalid_request', 'token_invalid');
});

test('it ends no later than the token it was made of, and with its authorization', async (t) => {
  const short = await serve({ tenant: { ...tenant, resourceServers: tenant.resourceServers.map((one) => (one.identifier === orders ? { ...one, token_lifetime: 5, token_lifetime_for_web: 5 } : one)) }, test: t });
  const person = new Browser(short);
  await person.signIn('ana');
  const answer = await person.authorize({ prompt: 'none', audience: orders, scope: 'openid read:orders' });
  const { access_token: subject_token } = await person.redeem(answer);
  const got = await exchanged(ordersApi, { subject_token, audience: ledger }, short);
  assert.ok(got.expires_in <= 5, String(got.expires_in));
  const alive = async () => (await person.send('/oauth/introspect', { jar: undefined, form: { token: got.access_token, client_id: desk.client_id, client_secret: desk.client_secret } })).response.json.active;
  assert.equal(await alive(), true);
  const replay = await person.token({ grant_type: 'authorization_code', code: answer.params.code, redirect_uri: spa.callbacks[0], code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' });
  assert.equal(replay.status, 400);
  assert.equal(await alive(), false, 'a replayed code takes back what was exchanged, too');
  refuses(await ask(ordersApi, { subject_token }, short), 'invalid_request', 'token_invalid');
  await sleep(5100);
  refuses(await ask(ordersApi, { subject_token }, short), 'invalid_request', 'token_invalid');
});

test('not for a user who is blocked, nor with a token that was revoked', async (t) => {
  const own = await serve({ tenant, test: t });
  const person = new Browser(own);
  await person.signIn('cal');
  const { access_token: subject_token } = await tokensOf({}, person);
  assert.equal((await ask(ordersApi, { subject_token }, own)).status, 200);
  const second = (await tokensOf({}, person)).access_token;
  await person.send('/oauth/revoke', { jar: undefined, form: { token: second, client_id: 'shop' } });
  refuses(await ask(ordersApi, { subject_token: second }, own), 'invalid_request', 'token_invalid');
  await own.apply({ ...own.tenant, users: own.tenant.users.map((user) => ({ ...user, blocked: true })) });
  refuses(await ask(ordersApi, { subject_token }, own), 'invalid_request', 'token_invalid', /blocked/);
});

test('too many hands', async (t) => {
  const relay = backend('relay', { targets: [{ audience: orders, scope: ['read:orders'] }], subject_clients: ['shop'] });
  const own = await serve({ tenant: { ...tenant, clients: [spa, relay], clientGrants: [] }, test: t });
  const person = new Browser(own);
  await person.signIn('ana');
  let { access_token: subject_token } = await tokensOf({}, person);
  for (let i = 0; i < 5; i++) ({ access_token: subject_token } = await exchanged(relay, { subject_token, audience: orders }, own));
  refuses(await ask(relay, { subject_token, audience: orders }, own), 'invalid_request', 'grant_not_allowed', /too many hands/);
});

test('discovery names it, and a policy that cannot be read is refused with its name', async (t) => {
  const found = (await browser.send('/.well-known/openid-configuration')).response.json;
  assert.ok(found.grant_types_supported.includes(grant_type));
  for (const wrong of [{ targets: 'x' }, { targets: [{ scope: ['a'] }] }, { targets: [{ audience: 'a', scope: 'b' }] }, { impersonation: 'yes' }, { unknown: 1 }]) {
    await assert.rejects(serve({ tenant: defaultTenant({ clients: [backend('bad', wrong)] }), test: t }), /token_exchange/);
  }
});

test('may_act, set by an action, names who may act, and nobody else may', async (t) => {
  const code = (may) => ({ 'may-act': postLogin(`api.accessToken.setCustomClaim('may_act', ${JSON.stringify(may)});`) });
  const own = await serve({ tenant: tenantWith(code({ sub: 'orders-api@clients' }), tenant), test: t });
  const person = new Browser(own);
  await person.signIn('ana');
  const { access_token: subject_token } = await tokensOf({}, person);
  assert.deepEqual(claims(subject_token).may_act, { sub: 'orders-api@clients' });
  assert.equal((await ask(ordersApi, { subject_token }, own)).status, 200);
  refuses(await ask(desk, { subject_token }, own), 'invalid_request', 'grant_not_allowed', /names another party/);
  for (const [may, status] of [[{ client_id: 'orders-api', iss: own.issuer }, 200], [{ client_id: 'orders-api', iss: 'https://other.example/' }, 400],
    [{ sub: 'orders-api@clients', unknown: 1 }, 400], [{}, 400]]) {
    await applied(own, tenantWith(code(may), tenant));
    const next = (await tokensOf({}, person)).access_token;
    assert.equal((await ask(ordersApi, { subject_token: next }, own)).status, status, JSON.stringify(may));
  }
});
