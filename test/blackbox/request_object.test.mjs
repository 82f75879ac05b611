// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Core 1.0, 6; RFC 9101: authorization requests as signed JWTs.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, challenge, refusal } from '../support/browser.mjs';
import { jwt, makeKey, publicPem, signedBy } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa, webApp } from '../support/tenant.mjs';

const keys = Object.fromEntries(['RS256', 'PS256', 'ES256', 'EdDSA'].map((alg) => [alg, makeKey(alg)]));
const stranger = makeKey('RS256');
const jwks = { keys: Object.values(keys).map((key) => key.jwk) };
const callback = 'https://signed.example/callback';
const signer = { ...webApp, client_id: 'signer', name: 'Signer', callbacks: [callback, 'https://signed.example/other'], jwks };
const only = { ...signer, client_id: 'only', name: 'Only', signed_request_object: { required: true } };
const one = { ...signer, client_id: 'one', name: 'One', request_object_signing_alg: 'ES256' };
const secretive = { ...webApp, client_id: 'secretive', name: 'Secretive', callbacks: [callback], request_object_signing_alg: 'HS256' };
const clients = [spa, webApp, signer, only, one, secretive];
const server = await serve({ tenant: defaultTenant({ clients }) });
const browser = new Browser(server);
await browser.signIn('ana');

const now = () => Math.floor(Date.now() / 1000);
const inside = (changes = {}, client = signer, issuer = server.issuer) => ({
  iss: client.client_id, aud: issuer, exp: now() + 60, client_id: client.client_id, redirect_uri: callback, response_type: 'code',
  scope: 'openid', state: 'inside', nonce: 'n', prompt: 'none', code_challenge: challenge, code_challenge_method: 'S256', ...changes });

const ask = (request, beside = {}, client = signer, at = browser) => at.authorize(
  Object.entries({ client_id: client.client_id, request, ...beside }).filter(([, value]) => value !== undefined));

const succeeded = (answer, state = 'inside') => answer.redirectsTo(callback, { code: /./, state }, 'query');

/** Nothing proves where the request came from: the answer stays here. */
function stays(answer, description = /./) {
  answer.isErrorPage(400);
  assert.match(answer.text, /request_object_invalid/);
  assert.match(answer.text, description);
}

for (const key of Object.values(keys)) {
  test(`signed with ${key.alg}`, async () => {
    succeeded(await ask(signedBy(key, inside())));
    succeeded(await ask(signedBy(key, inside(), { typ: 'oauth-authz-req+jwt' })));
    succeeded(await ask(jwt(key.alg, key.privateKey, inside({ aud: ['https://else.example', server.issuer.slice(0, -1)] }))));
  });
}

test('signed with the secret, where that is what the client does', async () => {
  const payload = inside({}, secretive);
  succeeded(await ask(jwt('HS256', webApp.client_secret, payload), {}, secretive));
  stays(await ask(jwt('HS256', 'another secret', payload), {}, secretive));
});

test('what is inside wins; what is only beside it is added', async () => {
  succeeded(await ask(signedBy(keys.RS256, inside()), { state: 'beside', redirect_uri: 'https://evil.example/' }));
  const { state: _, ...rest } = inside();
  succeeded(await ask(signedBy(keys.RS256, rest), { state: 'beside' }), 'beside');
});

test('where it is required, only the inside counts', async () => {
  const { state: _, ...rest } = inside({}, only);
  (await ask(signedBy(keys.RS256, rest), { state: 'beside' }, only)).redirectsTo(callback, { code: /./ }, 'query');
  (await ask(undefined, { ...inside({}, only), iss: undefined, aud: undefined, exp: undefined, state: 'xyz' }, only))
    .redirectsTo(callback, refusal('invalid_request', 'This client has to send a signed request object.'));
});

test('numbers and objects are written as JSON writes them', async () => {
  const request = signedBy(keys.ES256, inside({ max_age: 86400, claims: { userinfo: { name: { essential: true } } }, resource: ['https://api.example'] }));
  succeeded(await ask(request));
  (await ask(signedBy(keys.ES256, inside({ max_age: -1 })))).redirectsTo(callback, refusal('invalid_request', /max_age/, { state: 'inside' }));
});

test('client_id and response_type agree with what stands beside', async () => {
  const request = signedBy(keys.RS256, inside());
  stays(await ask(request, { response_type: 'id_token' }), /response_type/);
  stays(await ask(signedBy(keys.RS256, inside({ client_id: 'shop' }))), /client_id/);
  const elsewhere = await ask(request, {}, spa);
  assert.notEqual(elsewhere.location && elsewhere.params.code, true);
  stays(elsewhere);
});

test('every wrong object is refused, with one sentence', async () => {
  const good = inside();
  const rows = {
    'no JWT': 'x', 'two dots only': '..', 'an empty part': `${signedBy(keys.RS256, good)}.`,
    'alg none': jwt('none', null, good),
    'alg none, signature left on': `${jwt('none', null, good)}AAAA`,
    'alg None': jwt('none', null, good, { alg: 'None' }),
    'a stranger\'s key': signedBy(stranger, good),
    'a stranger\'s key under our kid': signedBy(stranger, good, { kid: keys.RS256.kid }),
    'swapped: ES256 key named, RS256 signature': jwt('RS256', keys.RS256.privateKey, good, { kid: keys.ES256.kid }),
    'swapped: alg says PS256': jwt('RS256', keys.RS256.privateKey, good, { alg: 'PS256', kid: keys.RS256.kid }),
    'HS256 with the public key': jwt('HS256', publicPem(keys.RS256), good),
    'HS256 with the JWK': jwt('HS256', JSON.stringify(keys.RS256.jwk), good),
    'HS256 with no secret': jwt('HS256', '', good),
    'the client\'s own key in the header': signedBy(stranger, good, { jwk: stranger.jwk }),
    'RS512': jwt('RS256', keys.RS256.privateKey, good, { alg: 'RS512', kid: keys.RS256.kid }),
    'no iss': signedBy(keys.RS256, inside({ iss: undefined })),
    'another iss': signedBy(keys.RS256, inside({ iss: 'shop' })),
    'no aud': signedBy(keys.RS256, inside({ aud: undefined })),
    'another aud': signedBy(keys.RS256, inside({ aud: 'https://else.example/' })),
    'aud that only begins so': signedBy(keys.RS256, inside({ aud: `${server.issuer}oauth/token` })),
    'sub like an assertion': signedBy(keys.RS256, inside({ sub: 'signer' })),
    expired: signedBy(keys.RS256, inside({ exp: now() - 120 })),
    future: signedBy(keys.RS256, inside({ nbf: now() + 600 })),
    'issued in the future': signedBy(keys.RS256, inside({ iat: now() + 600 })),
    'exp a string': signedBy(keys.RS256, inside({ exp: 'tomorrow' })),
    'duplicate members': signedBy(keys.RS256, JSON.stringify(good).replace('{', '{"redirect_uri":"https://evil.example/",')),
    'duplicate header members': jwt('RS256', keys.RS256.privateKey, good, '{"alg":"none","alg":"RS256"}'),
    nested: signedBy(keys.RS256, inside({ request: signedBy(keys.RS256, good) })),
    'nested by name': signedBy(keys.RS256, inside({ request_uri: 'https://signed.example/r' })),
    'a JWT as payload': signedBy(keys.RS256, signedBy(keys.RS256, good), { cty: 'JWT' }),
    zip: signedBy(keys.RS256, good, { zip: 'DEF' }),
    crit: signedBy(keys.RS256, good, { crit: ['exp'] }),
    b64: signedBy(keys.RS256, good, { b64: false }),
    'an access token\'s typ': signedBy(keys.RS256, good, { typ: 'at+jwt' }),
    'a list': signedBy(keys.RS256, [good]),
    deep: signedBy(keys.RS256, `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`),
    'five parts': 'a.b.c.d.e',
  };
  for (const [name, request] of Object.entries(rows)) {
    const answer = await ask(request);
    assert.equal(answer.status, 400, `${name}: ${answer.status} ${answer.location}`);
    stays(answer);
    // Where the parameters beside it prove a redirect_uri, the client hears of it itself.
    (await ask(request, { redirect_uri: callback, response_type: 'code', state: 'xyz' }))
      .redirectsTo(callback, refusal('invalid_request_object')).because('request_object_invalid');
  }
});

test('one algorithm, where the client registered one', async () => {
  succeeded(await ask(signedBy(keys.ES256, inside({}, one)), {}, one));
  stays(await ask(signedBy(keys.RS256, inside({}, one)), {}, one));
});

test('unsigned ones only where the tenant says so', async (t) => {
  const lax = await serve({ test: t, tenant: defaultTenant({ clients, tenant: { unsigned_request_objects: true } }) });
  const there = new Browser(lax);
  await there.signIn('ana');
  const bare = { ...inside({}, signer, lax.issuer), iss: undefined, aud: undefined, exp: undefined };
  succeeded(await ask(jwt('none', null, bare), {}, signer, there));
  stays(await ask(`${jwt('none', null, bare)}AAAA`, {}, signer, there));
  stays(await ask(jwt('none', null, inside({ iss: 'shop' })), {}, signer, there));
  stays(await ask(jwt('none', null, inside({}, only, lax.issuer)), {}, only, there));
  const told = (await there.send('/.well-known/openid-configuration')).response.json;
  assert.ok(told.request_object_signing_alg_values_supported.includes('none'));
  (await ask(jwt('none', null, bare), { redirect_uri: 'https://evil.example/' }, signer, there)).redirectsTo(callback, { code: /./, state: 'inside' });
});

test('its redirect_uri is checked like any', async () => {
  const answer = await ask(signedBy(keys.RS256, inside({ redirect_uri: 'https://evil.example/' })), { redirect_uri: callback });
  answer.isErrorPage(403, 'https://evil.example', { ...refusal('invalid_request', undefined, { state: 'inside' }) });
});

test('pushed, it is opened where it is pushed', async () => {
  const form = { client_id: 'signer', client_secret: webApp.client_secret };
  const answer = await browser.send('/oauth/par', { form: { ...form, request: signedBy(keys.PS256, inside()) } });
  assert.equal(answer.status, 201, answer.text);
  succeeded(await browser.authorize(Object.entries({ client_id: 'signer', request_uri: answer.response.json.request_uri })));
  const bad = await browser.send('/oauth/par', { form: { ...form, request: signedBy(stranger, inside()) } });
  assert.equal(bad.status, 400);
  assert.equal(bad.response.json.error, 'invalid_request_object');
  const bare = await browser.send('/oauth/par', { form: { ...form, ...inside({}, only), client_id: 'only' } });
  assert.equal(bare.response.json.error_description, 'This client has to send a signed request object.');
  const strict = await browser.send('/oauth/par', { form: { ...form, client_id: 'only', request: signedBy(keys.PS256, inside({}, only)) } });
  succeeded(await browser.authorize(Object.entries({ client_id: 'only', request_uri: strict.response.json.request_uri })));
});

test('a person signs in with it', async () => {
  const person = new Browser(server);
  const first = await person.follow(await ask(signedBy(keys.EdDSA, inside({ prompt: undefined })), {}, signer, person));
  (await person.fillIn(first, person.user('ben'))).redirectsTo(callback, { code: /./, state: 'inside' });
});
