// SPDX-License-Identifier: Apache-2.0
// The token endpoint: RFC 6749, 4.1.3 and 5; OpenID Connect Core 1.0, 3.1.3; RFC 7636;
// contract, sections 6 and 8.
import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Browser, claims, spa, verifier } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users, webApp } from '../support/tenant.mjs';

const api = 'https://api.example';
const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const machine = { name: 'Machine', client_id: 'machine', client_secret: 'machine-secret-of-the-tests-0123456789', app_type: 'non_interactive',
  token_endpoint_auth_method: 'client_secret_basic', grant_types: ['client_credentials'] };
const signer = { name: 'Signer', client_id: 'signer', app_type: 'non_interactive', token_endpoint_auth_method: 'private_key_jwt',
  jwks: { keys: [{ ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }] }, grant_types: ['client_credentials'] };
const other = { ...spa, name: 'Other', client_id: 'other' };

const server = await serve({
  tenant: defaultTenant({
    clients: [spa, webApp, machine, signer, other],
    clientGrants: [
      { client_id: 'machine', audience: api, scope: ['read:orders'] },
      { client_id: 'signer', audience: api, scope: ['read:orders'] },
    ],
    users: [...users, { email: 'cal@example.com', user_id: 'auth0|cal', password: 'correct horse cal' }],
  }),
});

async function signedIn(client = spa, user = 'ana') {
  const browser = new Browser(server, { client });
  await browser.signIn(user);
  return browser;
}

/** A refusal of the token endpoint: exactly these members, never cached. */
function refuses(answer, status, error, reason, description = /./) {
  assert.equal(answer.status, status, answer.text);
  const body = answer.response.json;
  assert.deepEqual(Object.keys(body).sort(), ['error', 'error_description', 'error_uri']);
  assert.equal(body.error, error, answer.text);
  assert.match(body.error_description, description);
  assert.match(body.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.match(body.error_uri, new RegExp(`^${server.issuer}why/${reason}\\?id=[\\w-]{8,64}$`));
  assert.match(answer.header('content-type'), /^application\/json/);
  answer.isNeverCached();
}

const form = (answer, changes) => ({ grant_type: 'authorization_code', code: answer.params.code, redirect_uri: spa.callbacks[0],
  code_verifier: verifier, ...changes });

async function publicKey(kid) {
  const { keys: list } = (await new Browser(server).send('/.well-known/jwks.json')).response.json;
  return createPublicKey({ key: list.find((key) => key.kid === kid), format: 'jwk' });
}

async function assertSigned(jwt) {
  const [head, payload, signature] = jwt.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  assert.deepEqual(Object.keys(header), ['alg', 'typ', 'kid']);
  assert.equal(header.alg, 'RS256');
  assert.ok(verify('sha256', Buffer.from(`${head}.${payload}`), await publicKey(header.kid), Buffer.from(signature, 'base64url')));
}

test('a code gives an access token and an id_token, and no more', async () => {
  const browser = await signedIn();
  const answer = await browser.authorize({ prompt: 'none' });
  const reply = await browser.token(form(answer));
  const now = Math.floor(Date.now() / 1000);
  assert.equal(reply.status, 200, reply.text);
  assert.equal(reply.header('content-type'), 'application/json');
  reply.isNeverCached();
  const tokens = reply.response.json;
  assert.deepEqual(Object.keys(tokens).sort(), ['access_token', 'expires_in', 'id_token', 'scope', 'token_type']);
  assert.equal(tokens.token_type, 'Bearer');
  assert.equal(tokens.expires_in, 86400);
  assert.equal(tokens.scope, 'openid');
  assert.doesNotMatch(tokens.access_token, /\./, 'opaque without an audience');
  await assertSigned(tokens.id_token);
  const id = claims(tokens.id_token);
  assert.deepEqual(Object.keys(id).filter((name) => name !== 'amr').sort(), ['aud', 'exp', 'iat', 'iss', 'nonce', 'sid', 'sub']);
  assert.equal(id.iss, server.issuer);
  assert.equal(id.aud, 'shop');
  assert.equal(id.nonce, 'n-0S6_WzA2Mj');
  assert.equal(id.exp - id.iat, 36000);
  assert.ok(Math.abs(id.iat - now) < 30);
});

test('nonce and auth_time stand in an id_token only if they were asked for', async () => {
  const browser = await signedIn();
  const plain = claims((await browser.redeem(await browser.authorize({ prompt: 'none', nonce: undefined }))).id_token);
  assert.ok(!('nonce' in plain) && !('auth_time' in plain));
  const aged = claims((await browser.redeem(await browser.authorize({ prompt: 'none', max_age: '1000' }))).id_token);
  assert.ok(Number.isInteger(aged.auth_time) && aged.auth_time <= aged.iat);
});

test('for the audience of an API the access token is a JWT', async () => {
  const browser = await signedIn();
  const answer = await browser.authorize({ prompt: 'none', audience: api, scope: 'openid read:orders' });
  const tokens = await browser.redeem(answer);
  await assertSigned(tokens.access_token);
  const at = claims(tokens.access_token);
  assert.equal(at.iss, server.issuer);
  assert.deepEqual(at.aud, [api, `${server.issuer}userinfo`]);
  assert.equal(at.azp, 'shop');
  assert.equal(at.scope, 'openid read:orders');
  assert.equal(at.sub, claims(tokens.id_token).sub);
  assert.equal(at.exp - at.iat, tokens.expires_in);
});

test('JSON does as well as a form', async () => {
  const browser = await signedIn();
  const body = { client_id: 'shop', ...form(await browser.authorize({ prompt: 'none' })) };
  const reply = await browser.send('/oauth/token', { jar: undefined, json: body });
  assert.equal(reply.status, 200, reply.text);
  assert.equal(typeof reply.response.json.expires_in, 'number');
  refuses(await browser.send('/oauth/token', { jar: undefined, body: '{"a":1', headers: { 'Content-Type': 'application/json' } }), 400, 'invalid_request', 'request_invalid');
  refuses(await browser.send('/oauth/token', { jar: undefined, body: 'a=1', headers: { 'Content-Type': 'text/plain' } }), 400, 'invalid_request', 'request_invalid');
});

test('a second use of a code takes back what the first gave', async () => {
  const browser = await signedIn(webApp);
  const answer = await browser.authorize({ prompt: 'none', scope: 'openid offline_access' });
  const first = await browser.redeem(answer);
  const userinfo = () => browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${first.access_token}` } });
  assert.equal((await userinfo()).status, 200);
  refuses(await browser.token(form(answer, { redirect_uri: webApp.callbacks[0] })), 400, 'invalid_grant', 'code_reused');
  assert.equal((await userinfo()).status, 401);
  refuses(await browser.token({ grant_type: 'refresh_token', refresh_token: first.refresh_token }), 400, 'invalid_grant', 'refresh_revoked');
});

test('of many uses at once exactly one succeeds', async () => {
  const browser = await signedIn();
  const answer = await browser.authorize({ prompt: 'none' });
  const replies = await Promise.all(Array.from({ length: 8 }, () => browser.token(form(answer))));
  assert.equal(replies.filter((reply) => reply.status === 200).length, 1);
});

test('what does not fit the request does not use the code up', async () => {
  const browser = await signedIn();
  const answer = await browser.authorize({ prompt: 'none' });
  const wrong = [
    [{ code_verifier: `${verifier}x` }, 'pkce_failed'],
    [{ code_verifier: undefined }, 'pkce_failed'],
    [{ code_verifier: 'short' }, 'pkce_failed'],
    [{ redirect_uri: `${spa.callbacks[0]}/` }, 'code_mismatch'],
    [{ redirect_uri: undefined }, 'code_mismatch'],
    [{ client_id: 'other' }, 'code_mismatch'],
  ];
  for (const [change, reason] of wrong) refuses(await browser.token(form(answer, change)), 400, 'invalid_grant', reason);
  assert.equal((await browser.token(form(answer))).status, 200);
});

test('a verifier without a challenge is refused', async () => {
  const browser = await signedIn();
  const answer = await browser.authorize({ prompt: 'none', code_challenge: undefined, code_challenge_method: undefined });
  refuses(await browser.token(form(answer)), 400, 'invalid_grant', 'pkce_failed');
  assert.equal((await browser.token(form(answer, { code_verifier: undefined }))).status, 200);
});

test('plain challenges fit byte for byte', async () => {
  const browser = await signedIn();
  const answer = await browser.authorize({ prompt: 'none', code_challenge: verifier, code_challenge_method: 'plain' });
  assert.equal((await browser.token(form(answer))).status, 200);
});

test('a code that is not ours, or none at all', async () => {
  const browser = new Browser(server);
  const ask = (fields) => browser.token({ grant_type: 'authorization_code', redirect_uri: spa.callbacks[0], ...fields });
  refuses(await ask({ code: 'abc' }), 400, 'invalid_grant', 'code_invalid');
  refuses(await ask({}), 400, 'invalid_request', 'request_invalid', /code/);
  refuses(await ask({ code: '' }), 400, 'invalid_request', 'request_invalid', /code/);
});

test('grants: missing, unknown, not allowed', async () => {
  const browser = new Browser(server);
  refuses(await browser.token({}), 400, 'invalid_request', 'request_invalid', /grant_type/);
  refuses(await browser.token({ grant_type: 'magic' }), 400, 'unsupported_grant_type', 'request_invalid', /magic/);
  refuses(await browser.token({ grant_type: 'client_credentials' }), 400, 'unauthorized_client', 'grant_not_allowed');
  refuses(await browser.token([['client_id', 'shop'], ['grant_type', 'a'], ['grant_type', 'b']].reduce((all, [k, v]) => ({ ...all, [k]: [...(all[k] ?? []), v] }), {})),
    400, 'invalid_request', 'request_invalid', /grant_type/);
});

test('an expired code', async (t) => {
  const quick = await serve({ tenant: defaultTenant({ tenant: { authorization_code_lifetime: 1 } }), test: t });
  const browser = new Browser(quick);
  await browser.signIn('ana');
  const answer = await browser.authorize({ prompt: 'none' });
  await sleep(2100);
  const reply = await browser.token(form(answer));
  assert.equal(reply.status, 400);
  assert.match(reply.response.json.error_uri, /\/why\/code_expired\?/);
});

test('a log-out between the two requests ends the code', async () => {
  const browser = await signedIn();
  const answer = await browser.authorize({ prompt: 'none' });
  await browser.send('/v2/logout');
  refuses(await browser.token(form(answer)), 400, 'invalid_grant', 'session_ended');
});

const basic = (id, secret) => ({ Authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}` });
const machineAsks = (options) => new Browser(server).send('/oauth/token', { jar: undefined, ...options });

test('client authentication: 401, and a challenge only for Basic', async () => {
  const grant = { grant_type: 'client_credentials', audience: api };
  const good = await machineAsks({ form: grant, headers: basic('machine', machine.client_secret) });
  assert.equal(good.status, 200, good.text);
  assert.equal((await machineAsks({ form: { ...grant, client_id: 'machine', client_secret: machine.client_secret } })).status, 200);

  const bad = await machineAsks({ form: grant, headers: basic('machine', 'wrong') });
  refuses(bad, 401, 'invalid_client', 'client_authentication');
  assert.match(bad.header('www-authenticate'), /^Basic realm=/);
  for (const fields of [{ client_id: 'machine', client_secret: 'wrong' }, { client_id: 'machine' }, {}]) {
    const answer = await machineAsks({ form: { ...grant, ...fields } });
    refuses(answer, 401, 'invalid_client', 'client_authentication');
    assert.equal(answer.header('www-authenticate'), undefined);
  }
  refuses(await machineAsks({ form: { ...grant, client_id: 'nobody' } }), 401, 'invalid_client', 'client_unknown');
  refuses(await machineAsks({ form: { ...grant, client_id: 'shop', client_secret: 'x' } }), 401, 'invalid_client', 'client_authentication');
  refuses(await machineAsks({ form: { ...grant, client_secret: machine.client_secret }, headers: basic('machine', machine.client_secret) }),
    400, 'invalid_request', 'client_authentication');
});

function assertion(changes, key = keys.privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const text = [{ alg: 'ES256', kid: 'k1' }, { iss: 'signer', sub: 'signer', aud: server.issuer, exp: now + 60, iat: now, jti: crypto.randomUUID(), ...changes }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

test('private_key_jwt: who it is for, and once only', async () => {
  const ask = (client_assertion) => machineAsks({ form: { grant_type: 'client_credentials', audience: api, client_assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' } });
  for (const aud of [server.issuer, server.origin, `${server.issuer}oauth/token`, [server.issuer]]) {
    const answer = await ask(assertion({ aud }));
    assert.equal(answer.status, 200, `${aud}: ${answer.text}`);
  }
  const once = assertion({});
  assert.equal((await ask(once)).status, 200);
  refuses(await ask(once), 401, 'invalid_client', 'client_authentication');
  for (const change of [{ aud: 'https://other.example/' }, { exp: undefined }, { exp: 1 }, { jti: undefined }, { iss: 'machine' }]) {
    refuses(await ask(assertion(change)), 401, 'invalid_client', 'client_authentication');
  }
  refuses(await ask(assertion({}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)), 401, 'invalid_client', 'client_authentication');
});

test('client_credentials: what the client grant allows', async () => {
  const ask = (fields) => machineAsks({ form: { grant_type: 'client_credentials', ...fields }, headers: basic('machine', machine.client_secret) });
  const tokens = (await ask({ audience: api })).response.json;
  assert.deepEqual(Object.keys(tokens).sort(), ['access_token', 'expires_in', 'scope', 'token_type']);
  assert.equal(tokens.scope, 'read:orders');
  const at = claims(tokens.access_token);
  assert.equal(at.sub, 'machine@clients');
  assert.equal(at.aud, api);
  assert.equal(at.gty, 'client-credentials');
  refuses(await ask({ audience: api, scope: 'write:orders' }), 400, 'invalid_scope', 'grant_not_allowed');
  refuses(await ask({}), 400, 'invalid_request', 'request_invalid', /audience/);
  refuses(await ask({ audience: 'https://nowhere.example' }), 403, 'access_denied', 'request_invalid', /^Service not found: https:\/\/nowhere\.example$/);
  refuses(await machineAsks({ form: { grant_type: 'client_credentials', audience: 'urn:none', client_id: 'machine', client_secret: machine.client_secret } }),
    403, 'access_denied', 'request_invalid');
});

test('CORS: the registered origin, exactly, and no other', async () => {
  const browser = new Browser(server);
  const [origin] = spa.web_origins;
  const ask = (from) => browser.token({ grant_type: 'authorization_code', code: 'x' }, { headers: { Origin: from } });
  const allowed = await ask(origin);
  assert.equal(allowed.header('access-control-allow-origin'), origin);
  assert.equal(allowed.header('access-control-allow-credentials'), 'true');
  assert.match(allowed.header('vary'), /\bOrigin\b/);
  for (const from of ['http://evil.localhost:9', `${origin}.evil.example`, 'http://app.localhost', 'https://app.localhost:9', 'null', undefined]) {
    const answer = await ask(from);
    assert.equal(answer.header('access-control-allow-origin'), undefined, String(from));
    assert.equal(answer.header('access-control-allow-credentials'), undefined, String(from));
  }
  const preflight = (from) => browser.send('/oauth/token', { method: 'OPTIONS', jar: undefined,
    headers: { Origin: from, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'auth0-client,content-type' } });
  const yes = await preflight(origin);
  assert.equal(yes.status, 204);
  assert.equal(yes.header('access-control-allow-origin'), origin);
  assert.match(yes.header('access-control-allow-methods'), /POST/);
  assert.match(yes.header('access-control-allow-headers').toLowerCase(), /auth0-client/);
  assert.equal((await preflight('http://evil.localhost:9')).header('access-control-allow-origin'), undefined);
});

test('CORS: a refusal that concerns no client can be read by the pages of all of them', async () => {
  const [origin] = spa.web_origins;
  const send = (options, from) => new Browser(server).send('/oauth/token', { method: 'POST', jar: undefined, ...options,
    headers: { Origin: from, ...options.headers } });
  const form = { grant_type: 'refresh_token', refresh_token: 'x' };
  const asked = {
    'a client that is not known': [401, { form: { ...form, client_id: 'nobody' } }],
    'no client': [401, { form }],
    'a body that is no JSON': [400, { body: '{', headers: { 'Content-Type': 'application/json' } }],
    'a body that is too large': [413, { form: { ...form, padding: 'x'.repeat(70_000) } }],
    'a method that is not taken': [405, { method: 'GET' }],
  };
  for (const [what, [status, options]] of Object.entries(asked)) {
    const answer = await send(options, origin);
    assert.equal(answer.status, status, what);
    assert.match(answer.response.json.error_uri, /\/why\/[a-z_]+\?id=/, what);
    assert.equal(answer.header('access-control-allow-origin'), origin, what);
    assert.equal(answer.header('access-control-allow-credentials'), 'true', what);
    for (const from of ['http://evil.localhost:9', 'null', undefined]) {
      assert.equal((await send(options, from)).header('access-control-allow-origin'), undefined, `${what}, ${from}`);
    }
  }
});

test('CORS: a page may read the time of the server, and when to come again', async () => {
  const answer = await new Browser(server).token({ grant_type: 'authorization_code', code: 'x' });
  const exposed = answer.header('access-control-expose-headers').split(', ');
  for (const name of ['Date', 'Retry-After', 'DPoP-Nonce', 'WWW-Authenticate']) assert.ok(exposed.includes(name), name);
  assert.ok(Math.abs(Date.parse(answer.header('date')) - Date.now()) < 5000);
});

test('other methods are 405', async () => {
  const answer = await new Browser(server).send('/oauth/token', { jar: undefined });
  assert.equal(answer.status, 405);
  assert.match(answer.header('allow'), /\bPOST\b/);
});

test('error_uri tells a person and a program', async () => {
  const browser = new Browser(server);
  const { error_uri: uri } = (await browser.token({ grant_type: 'magic' })).response.json;
  const page = await browser.send(uri, { headers: { Accept: 'text/html' } });
  page.isPage(200);
  assert.match(page.text, /request_invalid/);
  const told = (await browser.send(uri, { headers: { Accept: 'application/json' } })).response.json;
  assert.deepEqual(told, { reason: 'request_invalid', error: told.error, request_id: new URL(uri).searchParams.get('id'), setting: '' });
  assert.equal((await browser.send('/why/no_such_reason')).status, 404);
  (await browser.send('/why/no_session?id=unknown-unknown')).isPage(200);
});
