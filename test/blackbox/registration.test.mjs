// SPDX-License-Identifier: Apache-2.0
// RFC 7591, RFC 7592, OpenID Connect Registration 1.0: clients that register themselves.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { Browser, refusal } from '../support/browser.mjs';
import { makeKey, signedBy } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const open = { flags: { enable_dynamic_client_registration: true } };
const server = await serve({ tenant: defaultTenant({ tenant: open }) });
const browser = new Browser(server);
const callback = 'https://rp.example/callback';

const register = (json, options = {}) => browser.send('/oidc/register', { jar: undefined, method: 'POST', json, ...options });
const manage = (method, registered, json, token = registered.registration_access_token) => browser.send(registered.registration_client_uri,
  { jar: undefined, method, json, headers: token && { Authorization: `Bearer ${token}` } });

async function registered(changes = {}) {
  const answer = await register({ redirect_uris: [callback], ...changes });
  assert.equal(answer.status, 201, answer.text);
  return answer.response.json;
}

function refuses(answer, error, description, status = 400) {
  assert.equal(answer.status, status, answer.text);
  const { error: told, error_description: words } = answer.response.json;
  assert.equal(told, error, answer.text);
  assert.match(words, description, answer.text);
  assert.match(words, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  answer.isNeverCached();
}

test('a client registers with nothing but its redirect_uris', async () => {
  const answer = await register({ redirect_uris: [callback] });
  assert.equal(answer.status, 201, answer.text);
  assert.match(answer.header('content-type'), /^application\/json/);
  answer.isNeverCached();
  const client = answer.response.json;
  assert.equal(client.client_secret_expires_at, 0);
  assert.ok(client.client_secret.length >= 43 && client.client_id && client.registration_access_token);
  assert.equal(client.registration_client_uri, `${server.issuer}oidc/register/${client.client_id}`);
  assert.deepEqual(client.redirect_uris, [callback]);
  assert.deepEqual(client.response_types, ['code']);
  assert.deepEqual(client.grant_types, ['authorization_code']);
  assert.equal(client.token_endpoint_auth_method, 'client_secret_basic');
});

test('it is known at once: a person signs in, is asked for consent, and it gets tokens', async () => {
  const client = await registered({ client_name: 'Fresh', token_endpoint_auth_method: 'client_secret_post', response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'] });
  const person = new Browser(server, { client: { ...client, callbacks: [callback] } });
  const consent = await person.signIn('ana');
  assert.equal(consent.status, 200);
  assert.match(consent.text, /Fresh/);
  const back = await person.press(consent, {}, (button) => /accept|allow|yes/i.test(button.value ?? ''));
  const tokens = await person.redeem(back);
  assert.ok(tokens.id_token);
});

test('its keys sign in, its request objects count', async () => {
  const key = makeKey('ES256');
  const client = await registered({ token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key.jwk] }, require_signed_request_object: true });
  assert.equal(client.client_secret, undefined);
  const now = Math.floor(Date.now() / 1000);
  const request = signedBy(key, { iss: client.client_id, aud: server.issuer, exp: now + 60, client_id: client.client_id,
    redirect_uri: callback, response_type: 'code', scope: 'openid', prompt: 'none', state: 'xyz' });
  (await new Browser(server).authorize(Object.entries({ client_id: client.client_id, request })))
    .redirectsTo(callback, refusal('login_required')).because('no_session');
});

test('it reads, replaces and deletes its registration', async () => {
  const client = await registered({ client_name: 'One', contacts: ['a@rp.example'], initiate_login_uri: 'https://rp.example/start' });
  const read = await manage('GET', client);
  assert.equal(read.status, 200, read.text);
  assert.match(read.header('content-type'), /^application\/json/);
  for (const name of ['client_id', 'client_name', 'contacts', 'initiate_login_uri', 'redirect_uris', 'registration_client_uri']) {
    assert.deepEqual(read.response.json[name], client[name], name);
  }
  const put = await manage('PUT', client, { client_id: client.client_id, client_name: 'Two', redirect_uris: ['https://rp.example/two'] });
  assert.equal(put.status, 200, put.text);
  assert.equal(put.response.json.client_name, 'Two');
  assert.equal(put.response.json.contacts, undefined, 'replaced as a whole');
  const old = await browser.authorize({ client_id: client.client_id, redirect_uri: callback, prompt: 'none' });
  old.isErrorPage(403, 'https://rp.example', refusal('invalid_request'));
  (await browser.authorize({ client_id: client.client_id, redirect_uri: 'https://rp.example/two', prompt: 'none' })).redirectsTo('https://rp.example/two', refusal('login_required'));
  refuses(await manage('PUT', client, { client_id: 'shop', redirect_uris: [callback] }), 'invalid_client_metadata', /client_id/);
  refuses(await manage('PUT', client, { client_id: client.client_id, redirect_uris: ['http://rp.example/'] }), 'invalid_redirect_uri', /redirect_uris/);
  const gone = await manage('DELETE', client);
  assert.equal(gone.status, 204, gone.text);
  assert.equal(gone.text, '');
  refuses(await manage('GET', client), 'invalid_token', /token/, 401);
  (await browser.authorize({ client_id: client.client_id, redirect_uri: 'https://rp.example/two', prompt: 'none' })).isErrorPage(400, 'https://rp.example', refusal('invalid_request'));
});

test('only its own token opens a registration', async () => {
  const [one, two] = [await registered(), await registered()];
  for (const token of [two.registration_access_token, 'x', '', one.client_secret]) {
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const answer = await manage(method, one, method === 'PUT' ? { client_id: one.client_id, redirect_uris: [callback] } : undefined, token);
      refuses(answer, 'invalid_token', /token/, 401);
      assert.match(answer.header('www-authenticate'), /^Bearer /);
    }
  }
  // A client of the tenant file has no registration, so no token opens it, not even none.
  for (const id of ['shop', 'nobody', '', '%00', '..']) {
    const answer = await manage('DELETE', { registration_client_uri: `${server.issuer}oidc/register/${id}` }, undefined, 'x');
    assert.ok([400, 401, 404, 405].includes(answer.status), `${id}: ${answer.status}`);
  }
  assert.equal((await browser.authorize({ prompt: 'none' })).params.error, 'login_required', 'shop is still there');
  assert.equal((await manage('GET', one)).status, 200);
});

test('each redirect_uri that is not one is refused by its name', async () => {
  const bad = ['https://rp.example/#fragment', 'https://rp.example/#', 'https://user@rp.example/', 'https://user:pw@rp.example/', 'https://app.example@evil.example/',
    'http://rp.example/callback', 'javascript:alert(1)', 'data:text/html,x', 'com.example.app:/callback', 'myapp:/callback', '/callback', '', 'https:///callback',
    'https://*.rp.example/', 'https://rp.example\\@evil.example/', 'https://rp.exämple/', 'https://аpp.example/', 'https://rp.example/\u0000', 'https://rp.example/ x',
    'http://localhost.evil.example/', 'http://127.0.0.1.evil.example/', 'ftp://rp.example/', 'file:///etc/passwd', 7, null, ['https://rp.example/'], {}];
  for (const uri of bad) {
    const answer = await register({ redirect_uris: ['https://rp.example/ok', uri] });
    assert.equal(answer.status, 400, `${uri}: ${answer.text}`);
    assert.match(answer.response.json.error, /^invalid_(redirect_uri|client_metadata)$/);
  }
  for (const redirect_uris of [undefined, [], 'https://rp.example/', {}, Array(51).fill(callback)]) {
    refuses(await register({ redirect_uris }), 'invalid_redirect_uri', /redirect_uris/);
  }
  for (const uri of ['com.example.app:/callback', 'http://127.0.0.1:9000/callback', 'http://[::1]/callback', 'https://rp.example/claimed?bar=foo']) {
    assert.equal((await register({ redirect_uris: [uri], application_type: 'native' })).status, 201, uri);
  }
  refuses(await register({ redirect_uris: ['javascript:alert(1)'], application_type: 'native' }), 'invalid_redirect_uri', /redirect_uris/);
  refuses(await register({ redirect_uris: ['http://localhost/cb'], grant_types: ['implicit'], response_types: ['id_token'] }), 'invalid_redirect_uri', /redirect_uris/);
});

test('each refusal names its member', async () => {
  const rows = {
    response_types: ['magic'], grant_types: ['password'], application_type: 'desktop', token_endpoint_auth_method: 'tls_client_auth',
    token_endpoint_auth_signing_alg: 'none', contacts: 'me', client_name: 7, client_uri: 'x', logo_uri: 'javascript:alert(1)', policy_uri: 'data:,x',
    tos_uri: {}, jwks: [], jwks_uri: 'http://rp.example/jwks', sector_identifier_uri: 'http://rp.example/s', subject_type: 'ephemeral',
    id_token_signed_response_alg: 'none', id_token_encrypted_response_alg: 'RSA1_5', userinfo_signed_response_alg: 'RS1', request_object_signing_alg: 'RS1',
    request_object_encryption_alg: 'RSA1_5', require_signed_request_object: 'yes', default_max_age: -1, require_auth_time: 1, default_acr_values: 'x',
    initiate_login_uri: 'http://rp.example/start', request_uris: ['http://rp.example/r'], post_logout_redirect_uris: ['https://rp.example/#x'],
    scope: ['openid'], software_statement: 'a.b.c',
  };
  for (const [name, value] of Object.entries(rows)) {
    refuses(await register({ redirect_uris: [callback], [name]: value }), 'invalid_client_metadata', new RegExp(`^${name} `));
  }
  refuses(await register({ redirect_uris: [callback], response_types: ['id_token'] }), 'invalid_client_metadata', /^grant_types /);
  refuses(await register({ redirect_uris: [callback], token_endpoint_auth_method: 'private_key_jwt' }), 'invalid_client_metadata', /^jwks /);
  refuses(await register({ redirect_uris: [callback], jwks: { keys: [{ ...makeKey('ES256').privateKey.export({ format: 'jwk' }) }] } }), 'invalid_client_metadata', /jwks/);
});

test('keys behind a URL do as well as keys, not both', async () => {
  const uri = { token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://rp.example/jwks' };
  assert.equal((await registered(uri)).jwks_uri, uri.jwks_uri);
  refuses(await register({ redirect_uris: [callback], ...uri, jwks: { keys: [makeKey('ES256').jwk] } }), 'invalid_client_metadata', /^jwks_uri /);
});

test('unknown members are left out; what it says of client_id and trust counts for nothing', async () => {
  const client = await registered({ client_id: 'shop', client_secret: 'mine', is_first_party: true, callbacks: ['https://evil.example/'], extra: { deep: 1 }, 'client_name#de': 'Laden' });
  assert.notEqual(client.client_id, 'shop');
  assert.notEqual(client.client_secret, 'mine');
  for (const name of ['extra', 'is_first_party', 'callbacks', 'client_name#de']) assert.ok(!(name in client), name);
});

test('bodies that are none, and of a megabyte, end in one clear error', async () => {
  const headers = { 'Content-Type': 'application/json' };
  for (const body of ['', '{', '[]', 'null', '"x"', '{"redirect_uris":["https://rp.example/"],"redirect_uris":["https://evil.example/"]}', `${'['.repeat(5000)}`, '\u0000']) {
    const answer = await register(undefined, { body, headers });
    assert.equal(answer.status, 400, `${body.slice(0, 40)}: ${answer.text}`);
  }
  assert.equal((await register(undefined, { form: { redirect_uris: callback } })).status, 400);
  const large = await register({ redirect_uris: [callback], client_name: 'x'.repeat(1 << 20) }).catch((error) => error);
  assert.ok(large.status === 413 || /ECONNRESET|EPIPE/.test(large.code), String(large.status ?? large));
  assert.equal((await browser.send('/oidc/register')).status, 405);
});

test('neither secret nor token is kept in the clear', async () => {
  const client = await registered();
  for (const name of readdirSync(server.data, { recursive: true })) {
    let bytes;
    try { bytes = readFileSync(`${server.data}/${name}`); } catch { continue; }
    for (const secret of [client.client_secret, client.registration_access_token]) assert.ok(!bytes.includes(secret), name);
  }
  for (const secret of [client.client_secret, client.registration_access_token]) assert.ok(!server.stderr.includes(secret));
});

test('off by default, and discovery tells', async (t) => {
  const told = (await browser.send('/.well-known/openid-configuration')).response.json;
  assert.equal(told.registration_endpoint, `${server.issuer}oidc/register`);
  const closed = await serve({ test: t });
  const there = new Browser(closed);
  const answer = await there.send('/oidc/register', { method: 'POST', json: { redirect_uris: [callback] } });
  refuses(answer, 'access_denied', /register/, 403);
  assert.ok(!('registration_endpoint' in (await there.send('/.well-known/openid-configuration')).response.json));
});

test('an initial access token, where the tenant asks for one', async (t) => {
  const token = 'an initial access token';
  const digest = createHash('sha256').update(token).digest('base64url');
  const guarded = await serve({ test: t, tenant: defaultTenant({ tenant: { ...open, initial_access_token_digests: [digest] } }) });
  const there = new Browser(guarded);
  const send = (headers) => there.send('/oidc/register', { method: 'POST', json: { redirect_uris: [callback] }, headers });
  refuses(await send({}), 'invalid_token', /token/, 401);
  refuses(await send({ Authorization: 'Bearer wrong' }), 'invalid_token', /token/, 401);
  refuses(await send({ Authorization: `Bearer ${digest}` }), 'invalid_token', /token/, 401);
  assert.equal((await send({ Authorization: `Bearer ${token}` })).status, 201);
});
