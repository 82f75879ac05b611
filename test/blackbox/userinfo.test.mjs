// SPDX-License-Identifier: Apache-2.0
// /userinfo: OpenID Connect Core 1.0, 5.3 to 5.5; RFC 6750; auth0-wire 5.6. And introspection
// (RFC 7662) and revocation (RFC 7009), which look at the same tokens.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users, webApp } from '../support/tenant.mjs';

const full = {
  email: 'eva@example.com', email_verified: true, password: 'correct horse eva', user_id: 'auth0|eva', name: 'Eva Example',
  given_name: 'Eva', family_name: 'Example', nickname: 'ev', picture: 'https://img.example/eva.png', phone_number: '+15550100',
  phone_verified: true, address: { country: 'PT', locality: 'Porto' }, birthdate: '1990-01-01', zoneinfo: 'Europe/Lisbon', locale: 'pt-PT',
};
const signedClient = { ...spa, name: 'Signed', client_id: 'signed', userinfo_signed_response_alg: 'RS256' };
const migrated = { ...spa, name: 'Migrated', client_id: 'migrated', scope_claims_in_id_token: true };
const tenant = defaultTenant({ clients: [spa, webApp, signedClient, migrated], users: [...users, full] });
const server = await serve({ tenant });

async function tokensFor(params, { client = spa, user = 'eva' } = {}) {
  const browser = new Browser(server, { client });
  await browser.signIn(user);
  return browser.redeem(await browser.authorize({ prompt: 'none', ...params }));
}

const plain = new Browser(server);
const bearer = (token) => ({ Authorization: `Bearer ${token}` });
const ask = (token, options) => plain.send('/userinfo', { jar: undefined, headers: bearer(token), ...options });

test('sub, and the claims of the granted scopes', async (t) => {
  const rows = {
    openid: ['sub'],
    'openid email': ['email', 'email_verified', 'sub'],
    'openid phone': ['phone_number', 'phone_number_verified', 'sub'],
    'openid address': ['address', 'sub'],
    'openid profile': ['birthdate', 'family_name', 'given_name', 'locale', 'name', 'nickname', 'picture', 'sub', 'updated_at', 'zoneinfo'],
  };
  for (const [scope, members] of Object.entries(rows)) {
    await t.test(scope, async () => {
      const tokens = await tokensFor({ scope });
      const answer = await ask(tokens.access_token);
      assert.equal(answer.status, 200, answer.text);
      assert.match(answer.header('content-type'), /^application\/json/);
      assert.deepEqual(Object.keys(answer.response.json).sort(), members);
      assert.equal(answer.response.json.sub, claims(tokens.id_token).sub);
      answer.isNeverCached();
    });
  }
});

test('scope_claims_in_id_token: what Auth0 puts into an id_token is there, silently and after a refresh', async () => {
  const names = (token) => Object.keys(claims(token)).filter((name) => ['email', 'email_verified', 'name', 'picture', 'phone_number'].includes(name)).sort();
  const asked = { scope: 'openid profile email offline_access' };
  const tokens = await tokensFor(asked, { client: migrated });
  assert.deepEqual(names(tokens.id_token), ['email', 'email_verified', 'name', 'picture']);
  const again = await plain.send('/oauth/token', { jar: undefined, form: { grant_type: 'refresh_token', client_id: 'migrated', refresh_token: tokens.refresh_token } });
  assert.deepEqual(names(again.response.json.id_token), ['email', 'email_verified', 'name', 'picture']);
  assert.deepEqual(names((await tokensFor({ scope: 'openid email' }, { client: migrated })).id_token), ['email', 'email_verified']);
  assert.deepEqual(names((await tokensFor(asked)).id_token), [], 'not for the others');
});

test('the values are of the standard types', async () => {
  const { access_token: token } = await tokensFor({ scope: 'openid profile email address phone' });
  const info = (await ask(token)).response.json;
  assert.equal(info.sub, 'auth0|eva');
  assert.equal(info.email_verified, true);
  assert.equal(info.phone_number_verified, true);
  assert.ok(Number.isInteger(info.updated_at));
  assert.deepEqual(info.address, { country: 'PT', locality: 'Porto' });
});

test('the claims parameter asks for single claims, where it says', async () => {
  const tokens = await tokensFor({ scope: 'openid', claims: JSON.stringify({ userinfo: { name: { essential: true } }, id_token: { email: null } }) });
  assert.deepEqual((await ask(tokens.access_token)).response.json, { sub: 'auth0|eva', name: 'Eva Example' });
  const id = claims(tokens.id_token);
  assert.equal(id.email, 'eva@example.com');
  assert.ok(!('name' in id));
});

test('by header and by form, GET and POST; a JWT as well as an opaque token', async () => {
  for (const audience of [undefined, 'https://api.example']) {
    const { access_token: token } = await tokensFor({ audience });
    assert.equal((await ask(token)).status, 200);
    assert.equal((await ask(token, { method: 'POST' })).status, 200);
    assert.equal((await plain.send('/userinfo', { jar: undefined, form: { access_token: token } })).status, 200);
    assert.equal((await plain.send('/userinfo', { jar: undefined, query: { access_token: token } })).status, 401, 'never in the URL');
    assert.equal((await plain.send('/userinfo', { jar: undefined, form: { access_token: token }, headers: bearer(token) })).status, 400);
  }
});

test('refusals: 401 in plain text, with a challenge', async () => {
  const bare = await plain.send('/userinfo', { jar: undefined });
  assert.equal(bare.status, 401);
  assert.equal(bare.text, 'Unauthorized');
  assert.equal(bare.header('www-authenticate'), 'Bearer realm="Users"');
  const { id_token: idToken, access_token: token } = await tokensFor({});
  for (const wrong of ['x', idToken, `${token}x`, 'a.b.c']) {
    const answer = await ask(wrong);
    assert.equal(answer.status, 401);
    assert.equal(answer.text, 'Unauthorized');
    assert.match(answer.header('www-authenticate'), /^Bearer realm="Users", error="invalid_token", error_description="[^"\\]+", error_uri="[^"]+\/why\/token_invalid\?id=[\w-]+"$/);
  }
});

test('a token without openid is 403', async () => {
  const { access_token: token } = await tokensFor({ scope: 'read:orders', audience: 'https://api.example' });
  const answer = await ask(token);
  assert.equal(answer.status, 403);
  assert.match(answer.header('www-authenticate'), /error="insufficient_scope"/);
});

test('any page may read it', async () => {
  const answer = await plain.send('/userinfo', { jar: undefined, headers: { Origin: 'https://anywhere.example' } });
  assert.equal(answer.header('access-control-allow-origin'), '*');
  const preflight = await plain.send('/userinfo', { jar: undefined, method: 'OPTIONS',
    headers: { Origin: 'https://anywhere.example', 'Access-Control-Request-Method': 'GET', 'Access-Control-Request-Headers': 'authorization' } });
  assert.equal(preflight.status, 204);
  assert.match(preflight.header('access-control-allow-headers').toLowerCase(), /authorization/);
});

test('a client may have it signed', async () => {
  const { access_token: token } = await tokensFor({ scope: 'openid email' }, { client: signedClient });
  const answer = await ask(token);
  assert.match(answer.header('content-type'), /^application\/jwt/);
  assert.deepEqual(claims(answer.text), { sub: 'auth0|eva', iss: server.issuer, aud: 'signed', email: 'eva@example.com', email_verified: true });
});

test('a blocked user is told nothing more', async (t) => {
  const own = await serve({ tenant, test: t });
  const browser = new Browser(own);
  await browser.signIn('eva');
  const { access_token: token } = await browser.redeem(await browser.authorize({ prompt: 'none' }));
  const look = () => browser.send('/userinfo', { jar: undefined, headers: bearer(token) });
  assert.equal((await look()).status, 200);
  await own.apply({ ...tenant, users: [...users, { ...full, blocked: true }] });
  const refused = await look();
  assert.equal(refused.status, 401);
  assert.match(refused.header('www-authenticate'), /invalid_token/);
});

const introspect = (token, fields = { client_id: webApp.client_id, client_secret: webApp.client_secret }) =>
  plain.send('/oauth/introspect', { jar: undefined, form: { token, ...fields } });
const revoke = (client, token) => plain.send('/oauth/revoke', { jar: undefined, form: { client_id: client.client_id, client_secret: client.client_secret, token } });

test('introspection says what a live token holds', async () => {
  const tokens = await tokensFor({ scope: 'openid offline_access' }, { client: webApp });
  const told = (await introspect(tokens.access_token)).response.json;
  assert.equal(told.active, true);
  assert.equal(told.sub, 'auth0|eva');
  assert.equal(told.client_id, 'office');
  assert.equal(told.exp - told.iat, tokens.expires_in);
  assert.equal((await introspect(tokens.refresh_token)).response.json.active, true);
  for (const dead of ['x', tokens.id_token, `${tokens.access_token}x`]) {
    assert.deepEqual((await introspect(dead)).response.json, { active: false });
  }
});

test('introspection is for clients that authenticate', async () => {
  for (const fields of [{ client_id: 'shop' }, { client_id: 'office', client_secret: 'wrong' }, {}]) {
    const answer = await introspect('x', fields);
    assert.equal(answer.status, 401);
    assert.equal(answer.response.json.error, 'invalid_client');
  }
});

test('a client revokes its own tokens, and nobody else does', async () => {
  const mine = await tokensFor({ scope: 'openid offline_access' }, { client: webApp });
  for (const token of [mine.access_token, mine.refresh_token, 'unknown']) {
    const answer = await revoke(spa, token);
    assert.equal(answer.status, 200);
    assert.equal(answer.text, '');
  }
  assert.equal((await introspect(mine.access_token)).response.json.active, true);
  assert.equal((await introspect(mine.refresh_token)).response.json.active, true);

  assert.equal((await revoke(webApp, mine.access_token)).status, 200);
  assert.equal((await introspect(mine.access_token)).response.json.active, false);
  assert.equal((await ask(mine.access_token)).status, 401);
  assert.equal((await introspect(mine.refresh_token)).response.json.active, true);
  assert.equal((await revoke(webApp, mine.refresh_token)).status, 200);
  assert.equal((await introspect(mine.refresh_token)).response.json.active, false);
});

test('revocation: no token, no client', async () => {
  assert.equal((await revoke(spa, undefined)).status, 400);
  assert.equal((await plain.send('/oauth/revoke', { jar: undefined, form: { token: 'x' } })).status, 401);
  assert.equal((await plain.send('/oauth/revoke', { jar: undefined, json: { client_id: 'shop', token: 'x' } })).status, 200);
});
