// SPDX-License-Identifier: Apache-2.0
// Resource indicators (RFC 8707): one access token for several APIs, less of them at the token
// endpoint; and APIs whose tokens are opaque.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const [a, b, other, shared, opaque, offlineless] = ['a', 'b', 'es256', 'hs256', 'opaque', 'no-offline'].map((name) => `https://${name}.example`);
const api = (identifier, scopes, more = {}) => ({ name: identifier, identifier, scopes: scopes.map((value) => ({ value })), token_lifetime: 3600, ...more });
const guest = { ...webApp, client_id: 'guest', is_first_party: false };
const machine = { ...webApp, client_id: 'machine', grant_types: ['client_credentials'] };
const server = await serve({ tenant: defaultTenant({
  clients: [spa, webApp, guest, machine],
  clientGrants: [{ client_id: 'machine', audience: a, scope: ['read:a'] }, { client_id: 'machine', audience: b, scope: ['read:b'] },
    { client_id: 'machine', audience: opaque, scope: ['read:o'] }],
  resourceServers: [api(a, ['read:a', 'both']), api(b, ['read:b', 'both'], { token_lifetime: 600 }), api(other, [], { signing_alg: 'ES256' }),
    api(shared, [], { signing_alg: 'HS256', signing_secret: 'a secret of thirty-two bytes, or so' }), api(opaque, ['read:o'], { token_format: 'opaque' }),
    api(offlineless, [], { allow_offline_access: false }), api('no uri', [])],
}) });
const userinfo = `${server.issuer}userinfo`;
const scope = 'openid offline_access read:a read:b both';

async function signedIn(client = webApp) {
  const browser = new Browser(server, { client });
  await browser.signIn('ana');
  return browser;
}

const browser = await signedIn();
const authorize = (params, by = browser) => by.authorize({ prompt: 'none', scope, ...params });
const introspect = async (token) => (await browser.send('/oauth/introspect', { jar: undefined,
  form: { token, client_id: webApp.client_id, client_secret: webApp.client_secret } })).response.json;

function refuses(answer, description) {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.response.json.error, 'invalid_target', answer.text);
  assert.match(answer.response.json.error_description, description);
}

test('two APIs share a token: both in aud, scopes of both, the shorter life', async () => {
  const tokens = await browser.redeem(await authorize({ resource: [b, a, a] }));
  const at = claims(tokens.access_token);
  assert.deepEqual(at.aud, [a, b, userinfo]);
  assert.equal(at.scope, scope);
  assert.equal(tokens.expires_in, 600);
  const seen = await introspect(tokens.access_token);
  assert.equal(seen.active, true);
  assert.deepEqual(seen.aud, [a, b]);
  assert.deepEqual((await introspect(tokens.refresh_token)).aud, [a, b]);
  assert.equal((await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${tokens.access_token}` } })).status, 200);
});

test('the order of the request does not matter, and one is as good as an audience', async () => {
  const one = claims((await browser.redeem(await authorize({ resource: b }))).access_token);
  assert.deepEqual(one.aud, [b, userinfo]);
  assert.equal(one.scope, 'openid offline_access read:b both');
  const plain = claims((await browser.redeem(await authorize({ resource: b, scope: 'read:b' }))).access_token);
  assert.equal(plain.aud, b);
});

test('less at the token endpoint: the code', async () => {
  const answer = await authorize({ resource: [a, b] });
  const ask = (fields) => browser.token({ grant_type: 'authorization_code', code: answer.params.code, redirect_uri: webApp.callbacks[0],
    code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', ...fields });
  refuses(await ask({ resource: other }), /was not granted/);
  refuses(await ask({ resource: [a, 'https://nowhere.example'] }), /was not granted/);
  const tokens = (await ask({ resource: a })).response.json;
  const at = claims(tokens.access_token);
  assert.deepEqual(at.aud, [a, userinfo]);
  assert.equal(at.scope, 'openid offline_access read:a both');
  assert.equal(tokens.scope, at.scope);
  assert.equal(tokens.expires_in, 3600);

  const refresh = async (fields) => browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token, ...fields });
  refuses(await refresh({ resource: other }), /another audience/);
  const second = (await refresh({ resource: b })).response.json;
  assert.deepEqual(claims(second.access_token).aud, [b, userinfo]);
  assert.equal(second.scope, 'openid offline_access read:b both');
  const all = (await browser.token({ grant_type: 'refresh_token', refresh_token: second.refresh_token })).response.json;
  assert.deepEqual(claims(all.access_token).aud, [a, b, userinfo], 'what was granted is not forgotten');
  assert.equal(all.scope, scope);
});

test('what cannot share a token, and what is none of ours, is invalid_target', async () => {
  const rows = [
    [[a, other], /cannot share/], [[a, shared], /cannot share/], [[a, opaque], /cannot share/], [[shared, other], /cannot share/],
    ['https://nowhere.example', /^Service not found: https:\/\/nowhere\.example$/], [[a, 'https://nowhere.example'], /Service not found/],
    [`${a}#part`, /not an absolute URI/], ['/relative', /not an absolute URI/], ['no uri', /not an absolute URI/], [userinfo, /Service not found/],
    [Array.from({ length: 12 }, (_, i) => `https://${i}.example`), /more resources/],
  ];
  for (const [resource, description] of rows) {
    const { params } = await authorize({ resource });
    assert.equal(params.error, 'invalid_target', JSON.stringify(resource));
    assert.match(params.error_description, description, JSON.stringify(resource));
  }
  assert.equal((await authorize({ resource: b, audience: a })).params.error, 'invalid_target');
  assert.ok((await authorize({ resource: a, audience: a })).params.code);
});

test('offline_access only where each of them allows it, and only with a code', async () => {
  assert.equal((await browser.redeem(await authorize({ resource: [a, offlineless] }))).refresh_token, undefined);
  assert.equal((await browser.redeem(await authorize({ resource: offlineless }))).refresh_token, undefined);
  const implicit = await signedIn(spa);
  const { params } = await implicit.authorize({ prompt: 'none', response_type: 'token', scope: 'openid offline_access', audience: a });
  assert.equal(params.scope, 'openid');
  const { params: hybrid } = await implicit.authorize({ prompt: 'none', response_type: 'code id_token', scope: 'openid offline_access', audience: a });
  assert.ok((await implicit.redeem({ params: hybrid })).refresh_token);
});

test('a third party is asked for both at once', async () => {
  const person = new Browser(server, { client: guest });
  const consent = await person.signIn('ana', { resource: [b, a], scope: 'openid read:a read:b' });
  assert.match(consent.text, /https:\/\/a\.example, https:\/\/b\.example/);
  const back = await person.press(consent, {}, { action: 'accept' });
  assert.ok(back.params.code, back.text);
  assert.ok((await authorize({ resource: [a, b], scope: 'openid read:a read:b' }, person)).params.code);
  assert.equal((await authorize({ resource: a, scope: 'openid read:a' }, person)).params.error, 'consent_required');
});

const asMachine = (fields) => browser.send('/oauth/token', { jar: undefined, form: { grant_type: 'client_credentials', client_id: 'machine',
  client_secret: machine.client_secret, ...fields } });

test('client credentials: one at a time, since each has its own grant', async () => {
  assert.equal(claims((await asMachine({ resource: a })).response.json.access_token).aud, a);
  refuses(await asMachine({ resource: [a, b] }), /one by one/);
});

test('an API of opaque tokens asks about them, and hears all it needs', async () => {
  const tokens = await browser.redeem(await authorize({ audience: opaque, scope: 'openid read:o' }));
  assert.doesNotMatch(tokens.access_token, /\./);
  assert.equal(tokens.expires_in, 3600);
  const seen = await introspect(tokens.access_token);
  assert.equal(seen.active, true);
  assert.equal(seen.aud, opaque);
  assert.equal(seen.scope, 'openid read:o');
  assert.equal(seen.sub, claims(tokens.id_token).sub);
  assert.equal((await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${tokens.access_token}` } })).status, 200);
  await browser.send('/oauth/revoke', { jar: undefined, form: { token: tokens.access_token, client_id: webApp.client_id, client_secret: webApp.client_secret } });
  assert.deepEqual(await introspect(tokens.access_token), { active: false });
  const own = (await asMachine({ audience: opaque })).response.json.access_token;
  assert.doesNotMatch(own, /\./);
  assert.equal((await introspect(own)).sub, 'machine@clients');
});

test('an audience is one identifier, whatever it looks like', async () => {
  for (const audience of [`${a} ${b}`, `${a} ${a}`, ` ${a}`]) {
    const { params } = await authorize({ audience });
    assert.equal(params.error, 'access_denied', audience);
  }
  assert.ok((await authorize({ audience: 'no uri' })).params.code);
});
