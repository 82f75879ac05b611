// SPDX-License-Identifier: Apache-2.0
// Pairwise subjects: OpenID Connect Core 1.0, 8; Registration 1.0, 5. One sector, one name for a person;
// no way from it to another sector's, and everywhere a `sub` comes back it means the same person.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, test } from 'node:test';

import { Browser, claims, refusal } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa, webApp } from '../support/tenant.mjs';

const ca = makeAuthority();
after(() => ca.remove());
const documents = {
  '/good': JSON.stringify(['https://one.example/cb', 'https://two.example/cb']),
  '/other': JSON.stringify(['https://one.example/cb']),
  '/lookalike': JSON.stringify(['https://one.example/cb/', 'https://two.example/cb?', 'https://TWO.example/cb']),
  '/map': JSON.stringify({ 'https://one.example/cb': true }),
  '/text': 'https://one.example/cb',
  '/mixed': JSON.stringify([7, null, ['https://one.example/cb'], 'https://one.example/cb']),
};
const asked = [];
const { cert, key } = ca.issue('localhost');
const sectors = https.createServer({ cert, key }, (incoming, answer) => {
  asked.push(incoming.url);
  if (incoming.url === '/redirect') answer.writeHead(302, { Location: '/good' }).end();
  else if (documents[incoming.url]) answer.end(documents[incoming.url]);
  else answer.writeHead(404).end(documents['/good']);
});
await new Promise((done) => { sectors.listen(0, '127.0.0.1', done); });
after(() => { sectors.closeAllConnections(); sectors.close(); });
const sectorHost = `localhost:${sectors.address().port}`;

const pair = (client_id, host, more = {}) => ({ ...webApp, client_id, name: client_id, subject_type: 'pairwise',
  callbacks: [`https://${host}/cb`], allowed_logout_urls: [`https://${host}/out`], grant_types: ['authorization_code', 'implicit', 'refresh_token'], ...more });
const one = pair('one', 'one.example');
const sibling = pair('sibling', 'one.example');
const two = pair('two', 'two.example');
const far = pair('far', 'three.example', { sector_identifier_uri: 'https://ONE.example/sector.json' });
const signed = pair('signed', 'one.example', { userinfo_signed_response_alg: 'RS256' });
const tenant = defaultTenant({
  clients: [spa, webApp, one, sibling, two, far, signed],
  tenant: { flags: { enable_dynamic_client_registration: true }, outgoing_private_hosts: [sectorHost] },
  users: [{ email: 'ana@example.com', email_verified: true, password: 'correct horse ana', user_id: 'auth0|ana' },
    { email: 'ben@example.com', email_verified: true, password: 'correct horse ben', user_id: 'auth0|ben' }],
});
const server = await serve({ tenant, env: { SSL_CERT_FILE: ca.file } });

async function tokensOf(client, params = {}, user = 'ana') {
  const browser = new Browser(server, { client });
  const answer = await browser.signIn(user, params);
  return { browser, tokens: await browser.redeem(answer) };
}

const subOf = async (client, user) => claims((await tokensOf(client, {}, user)).tokens.id_token).sub;
const plain = new Browser(server);
const userinfo = (token) => plain.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${token}` } });
const introspect = (token, client = webApp) => plain.send('/oauth/introspect', { jar: undefined,
  form: { token, client_id: client.client_id, client_secret: client.client_secret } });

test('one sector, one subject; another sector, another; never the user_id', async () => {
  const mine = await subOf(one);
  assert.match(mine, /^[\w-]{43}$/);
  assert.equal(await subOf(one), mine, 'the next sign-in has the same');
  assert.equal(await subOf(sibling), mine);
  assert.equal(await subOf(far), mine, 'the host of sector_identifier_uri is the sector, whatever its case');
  assert.notEqual(await subOf(two), mine);
  assert.notEqual(await subOf(one, 'ben'), mine);
  assert.equal(await subOf(webApp), 'auth0|ana');
});

test('it survives a restart', async () => {
  const before = await subOf(one);
  await server.restart();
  assert.equal(await subOf(one), before);
});

test('id_token, userinfo, introspection, JWT access token and refresh agree', async () => {
  for (const audience of [undefined, 'https://api.example']) {
    const { browser, tokens } = await tokensOf(one, { scope: 'openid email offline_access', audience });
    const { sub } = claims(tokens.id_token);
    if (audience) assert.equal(claims(tokens.access_token).sub, sub);
    assert.equal((await userinfo(tokens.access_token)).response.json.sub, sub);
    assert.equal((await introspect(tokens.access_token)).response.json.sub, sub, 'an API is told no more');
    assert.equal((await introspect(tokens.refresh_token, one)).response.json.sub, sub);
    const again = (await browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token })).response.json;
    assert.equal(claims(again.id_token).sub, sub);
    assert.equal((await userinfo(again.access_token)).response.json.sub, sub);
    const shown = JSON.stringify([tokens, again].map((set) => Object.values(set).flatMap((token) => String(token).split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1')))));
    assert.ok(!shown.includes('auth0|ana'), 'the user_id is nowhere');
  }
  const { tokens } = await tokensOf(signed);
  assert.equal(claims((await userinfo(tokens.access_token)).text).sub, claims(tokens.id_token).sub);
});

test('tokens of the front channel, too', async () => {
  const browser = new Browser(server, { client: one });
  const answer = await browser.signIn('ana', { response_type: 'id_token token', code_challenge: undefined, code_challenge_method: undefined });
  const sub = await subOf(one);
  assert.equal(claims(answer.params.id_token).sub, sub);
  assert.equal((await userinfo(answer.params.access_token)).response.json.sub, sub);
});

test('the sealed user of a JWT is no access token by itself', async () => {
  const { tokens } = await tokensOf(one, { audience: 'https://api.example' });
  const { usr } = claims(tokens.access_token);
  assert.ok(usr);
  assert.equal((await userinfo(usr)).status, 401);
  assert.deepEqual((await introspect(usr)).response.json, { active: false });
});

test('a hint, a login_hint and a claimed sub mean the person, by the client\'s own name only', async () => {
  const { browser, tokens } = await tokensOf(one);
  const { sub } = claims(tokens.id_token);
  const silent = (params) => browser.authorize({ prompt: 'none', ...params });
  const claim = (value) => JSON.stringify({ id_token: { sub: { value } } });
  const good = { code: /./, state: 'xyz' };
  (await silent({ id_token_hint: tokens.id_token })).redirectsTo(one.callbacks[0], good);
  (await silent({ login_hint: sub })).redirectsTo(one.callbacks[0], good);
  (await silent({ claims: claim(sub) })).redirectsTo(one.callbacks[0], good);
  const bens = await tokensOf(one, {}, 'ben');
  (await silent({ id_token_hint: bens.tokens.id_token })).redirectsTo(one.callbacks[0], refusal('login_required'));
  for (const value of [claims(bens.tokens.id_token).sub, 'auth0|ana', await subOf(two), ' ']) {
    (await silent({ claims: claim(value) })).redirectsTo(one.callbacks[0], refusal('login_required'));
  }
  (await silent({ id_token_hint: tokens.id_token, claims: claim(claims(bens.tokens.id_token).sub) })).redirectsTo(one.callbacks[0], refusal('login_required'));
  (await silent({ id_token_hint: (await tokensOf(sibling)).tokens.id_token })).redirectsTo(one.callbacks[0], refusal('invalid_request'));
});

test('a public client\'s sub in the claims parameter means the person as well', async () => {
  const browser = new Browser(server, { client: webApp });
  await browser.signIn('ana');
  const silent = (value) => browser.authorize({ prompt: 'none', claims: JSON.stringify({ userinfo: { sub: { value } } }) });
  (await silent('auth0|ana')).redirectsTo(webApp.callbacks[0], { code: /./, state: 'xyz' });
  (await silent('auth0|ben')).redirectsTo(webApp.callbacks[0], refusal('login_required'));
});

test('interactively, only the person who is named gets in', async () => {
  const sub = await subOf(one);
  const params = { claims: JSON.stringify({ id_token: { sub: { value: sub } } }) };
  const browser = new Browser(server, { client: one });
  await browser.signIn('ben');
  const wrong = await browser.fillIn(await browser.follow(await browser.authorize(params)), browser.user('ben'));
  assert.equal(wrong.status, 403, `the page stays: ${wrong.location}`);
  const right = await browser.fillIn(wrong, browser.user('ana'));
  assert.ok(right.params.code, right.text.slice(0, 300));
  const stranger = await new Browser(server, { client: one }).signIn('ben', params);
  assert.equal(stranger.params.code, undefined, 'nor where nobody was signed in before');
});

test('log-out finds the session of the hint', async () => {
  const { browser, tokens } = await tokensOf(one);
  const out = await browser.send('/oidc/logout', { query: { id_token_hint: tokens.id_token, post_logout_redirect_uri: one.allowed_logout_urls[0] } });
  assert.equal(out.location, one.allowed_logout_urls[0], out.text.slice(0, 300));
  (await browser.authorize({ prompt: 'none' })).redirectsTo(one.callbacks[0], refusal('login_required'));
});

const register = (json) => plain.send('/oidc/register', { jar: undefined, method: 'POST', json });
const uris = ['https://one.example/cb', 'https://two.example/cb'];
const sector = (path) => `https://${sectorHost}${path}`;

test('registration: several hosts need a sector, and its document must list each redirect_uri', async () => {
  const refused = async (changes) => {
    const answer = await register({ redirect_uris: uris, subject_type: 'pairwise', ...changes });
    assert.equal(answer.status, 400, answer.text);
    assert.equal(answer.response.json.error, 'invalid_client_metadata');
    assert.match(answer.response.json.error_description, /^sector_identifier_uri/);
  };
  await refused({});
  for (const path of ['/other', '/lookalike', '/map', '/text', '/redirect', '/gone']) await refused({ sector_identifier_uri: sector(path) });
  for (const uri of ['http://one.example/s', 'https://127.0.0.1/s', `https://127.0.0.1:${sectors.address().port}/good`, 'https://user@one.example/s', 'https://one.example/s#x', 'x', '']) {
    await refused({ sector_identifier_uri: uri });
  }
  await refused({ sector_identifier_uri: sector('/other'), subject_type: 'public' });
  const good = await register({ redirect_uris: uris, subject_type: 'pairwise', sector_identifier_uri: sector('/good') });
  assert.equal(good.status, 201, good.text);
  assert.equal(good.response.json.subject_type, 'pairwise');
  assert.equal(good.response.json.sector_identifier_uri, sector('/good'));
  assert.equal((await register({ redirect_uris: uris.slice(0, 1), subject_type: 'pairwise', sector_identifier_uri: sector('/mixed') })).status, 201);
  assert.equal((await register({ redirect_uris: uris.slice(0, 1), subject_type: 'pairwise' })).status, 201);
  assert.ok(asked.includes('/redirect'));
});

test('a change of a registration is checked, too', async () => {
  const client = (await register({ redirect_uris: uris, subject_type: 'pairwise', sector_identifier_uri: sector('/good') })).response.json;
  const put = await plain.send(client.registration_client_uri, { jar: undefined, method: 'PUT', headers: { Authorization: `Bearer ${client.registration_access_token}` },
    json: { client_id: client.client_id, redirect_uris: [...uris, 'https://evil.example/cb'], subject_type: 'pairwise', sector_identifier_uri: sector('/good') } });
  assert.equal(put.status, 400, put.text);
  assert.equal(put.response.json.error, 'invalid_client_metadata');
});

test('a client that registered has its own subjects', async () => {
  const client = (await register({ redirect_uris: uris.slice(1), subject_type: 'pairwise', token_endpoint_auth_method: 'client_secret_post' })).response.json;
  const browser = new Browser(server, { client: { ...client, callbacks: client.redirect_uris } });
  const consent = await browser.signIn('ana');
  const tokens = await browser.redeem(await browser.press(consent, {}, (button) => button.value === 'accept'));
  assert.equal(claims(tokens.id_token).sub, await subOf(two), 'the same host, the same sector');
});

test('discovery names both kinds', async () => {
  assert.deepEqual((await plain.send('/.well-known/openid-configuration')).response.json.subject_types_supported, ['public', 'pairwise']);
});

test('a tenant file with several hosts and no sector is refused by name', async (t) => {
  const own = await serve({ test: t });
  await assert.rejects(own.apply(defaultTenant({ clients: [pair('x', 'one.example', { callbacks: uris })] })), /sector_identifier_uri/);
});
