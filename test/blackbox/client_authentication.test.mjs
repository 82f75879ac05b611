// SPDX-License-Identifier: Apache-2.0
// Who a client is (RFC 6749, 2.3; RFC 7523; OpenID Connect Core 1.0, 9), at every endpoint that
// asks; and the JWTs by which it says so, in every wrong way.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Browser, claims } from '../support/browser.mjs';
import { request } from '../support/http.mjs';
import { jwt, makeKey, publicPem, signedBy } from '../support/jwt.mjs';
import { query } from '../support/rows.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa, webApp } from '../support/tenant.mjs';

const keys = Object.fromEntries(['RS256', 'PS256', 'ES256', 'EdDSA'].map((alg) => [alg, makeKey(alg)]));
const key = keys.RS256;
const stranger = makeKey('RS256');
const own = { client_secret: 'the-secret-of-these-tests-0123456789-abc' };
const shape = { ...webApp, client_secret: undefined, grant_types: ['authorization_code', 'refresh_token', 'client_credentials'] };
const signer = { ...shape, name: 'Signer', client_id: 'signer', token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: Object.values(keys).map(({ jwk }) => jwk) } };
const one = { ...signer, name: 'One', client_id: 'one', token_endpoint_auth_signing_alg: 'ES256' };
const hmac = { ...shape, ...own, name: 'Hmac', client_id: 'hmac', token_endpoint_auth_method: 'client_secret_jwt' };
const post = { ...shape, ...own, name: 'Post', client_id: 'post', token_endpoint_auth_method: 'client_secret_post' };
const clients = [spa, signer, one, hmac, post];
const tenant = defaultTenant({ clients, clientGrants: clients.map(({ client_id }) => ({ client_id, audience: 'https://api.example', scope: ['read:orders'] })) });
const server = await serve({ tenant });

const now = () => Math.floor(Date.now() / 1000);
const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const inside = (changes = {}, id = 'signer') => ({ iss: id, sub: id, aud: server.issuer, jti: randomUUID(), iat: now(), exp: now() + 60, ...changes });
const by = (assertion, more) => ({ client_assertion: assertion, client_assertion_type: type, ...more });
const basic = (id, secret) => ({ Authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}` });

/** What each endpoint that authenticates wants besides, and the status of success. */
const endpoints = {
  'oauth/token': [{ grant_type: 'client_credentials', audience: 'https://api.example' }, 200],
  'oauth/par': [{ response_type: 'code', redirect_uri: webApp.callbacks[0], scope: 'openid' }, 201],
  'oauth/introspect': [{ token: 'x' }, 200],
  'oauth/revoke': [{ token: 'x' }, 200],
};
const ask = (path, form, headers) => request(`${server.origin}/${path}`, { form: { ...endpoints[path][0], ...form }, headers });

function refuses(answer, error, status, what) {
  assert.equal(answer.status, status, `${what}: ${answer.text}`);
  assert.equal(answer.json.error, error, what);
  assert.match(answer.json.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  assert.match(answer.json.error_uri, /\/why\/client_(authentication|unknown)\?id=/);
}

for (const [path, [, success]] of Object.entries(endpoints)) {
  test(`${path}: an assertion may name the issuer, the token endpoint, or this one; nobody else`, async () => {
    const good = [server.issuer, server.origin, `${server.origin}/oauth/token`, `${server.origin}/${path}`, [server.issuer], ['https://else.example/', server.issuer]];
    for (const aud of good) {
      const answer = await ask(path, by(signedBy(key, inside({ aud }))));
      assert.equal(answer.status, success, `${aud}: ${answer.text}`);
    }
    const bad = [undefined, '', [], null, 7, {}, 'https://else.example/', `${server.origin}/userinfo`, `${server.issuer}x`, `${server.origin}/${path}/`, `${server.origin}/${path}?a`, server.issuer.toUpperCase()];
    for (const aud of bad) refuses(await ask(path, by(signedBy(key, inside({ aud })))), 'invalid_client', 401, JSON.stringify(aud));
  });

  test(`${path}: client_secret_jwt, client_secret_post, client_secret_basic`, async () => {
    assert.equal((await ask(path, by(jwt('HS256', own.client_secret, inside({}, 'hmac'))))).status, success);
    refuses(await ask(path, by(jwt('HS256', 'another-secret-of-these-tests-0123456789', inside({}, 'hmac')))), 'invalid_client', 401, 'secret');
    assert.equal((await ask(path, { client_id: 'post', ...own })).status, success);
    assert.equal((await ask(path, {}, basic('post', own.client_secret))).status, success);
    refuses(await ask(path, { client_id: 'post' }, {}), 'invalid_client', 401, 'none');
    refuses(await ask(path, { client_id: 'hmac', ...own }), 'invalid_client', 401, 'posted');
    refuses(await ask(path, {}, basic('hmac', own.client_secret)), 'invalid_client', 401, 'Basic');
    refuses(await ask(path, by(signedBy(key, inside({}, 'hmac')))), 'invalid_client', 401, 'key pair');
    refuses(await ask(path, by(jwt('HS256', own.client_secret, inside({}, 'post')))), 'invalid_client', 401, 'assertion of a client of post');
  });

  test(`${path}: one way at a time, and one client`, async () => {
    const assertion = () => by(signedBy(key, inside()));
    refuses(await ask(path, { client_id: 'post', ...own }, basic('post', own.client_secret)), 'invalid_request', 400, 'Basic and post');
    refuses(await ask(path, { ...assertion(), client_secret: 'x' }), 'invalid_request', 400, 'assertion and post');
    refuses(await ask(path, assertion(), basic('signer', 'x')), 'invalid_request', 400, 'assertion and Basic');
    refuses(await ask(path, { ...assertion(), client_id: 'post' }), 'invalid_client', 401, 'an assertion of another');
    refuses(await ask(path, { client_id: 'post' }, basic('signer', 'x')), 'invalid_client', 401, 'two names');
    refuses(await ask(path, { client_assertion: signedBy(key, inside()) }), 'invalid_client', 401, 'no type');
    refuses(await ask(path, by(signedBy(key, inside()), { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:saml2-bearer' })), 'invalid_client', 401, 'another type');
    refuses(await ask(path, { client_id: 'signer', client_assertion_type: type }), 'invalid_client', 401, 'a type alone');
    const twice = await ask(path, { client_assertion: [signedBy(key, inside()), signedBy(key, inside())], client_assertion_type: type });
    assert.equal(twice.status, 400, twice.text);
    assert.equal(twice.json.error, 'invalid_request');
  });
}

test('each algorithm of its keys; and only the one that it registered', async () => {
  for (const [alg, pair] of Object.entries(keys)) {
    assert.equal((await ask('oauth/token', by(signedBy(pair, inside())))).status, 200, alg);
    assert.equal((await ask('oauth/token', by(signedBy(pair, inside({}, 'one'))))).status, alg === 'ES256' ? 200 : 401, alg);
  }
  assert.equal((await ask('oauth/token', by(signedBy(key, inside(), { typ: 'client-authentication+jwt' })))).status, 200);
  assert.equal((await ask('oauth/token', by(jwt('RS256', key.privateKey, inside())))).status, 200, 'without kid');
});

test('every wrong assertion is refused, with one sentence', async () => {
  const good = inside();
  const text = JSON.stringify(good);
  const rows = {
    'no JWT': 'x', 'two dots only': '..', 'an empty part': `${signedBy(key, good)}.`, 'five parts': 'a.b.c.d.e', huge: `${signedBy(key, good)}${'A'.repeat(40_000)}`,
    'alg none': jwt('none', null, good), 'alg None': jwt('none', null, good, { alg: 'None' }), 'no alg': jwt('none', null, good, { alg: undefined }),
    'alg none, signature left on': `${jwt('none', null, good)}AAAA`,
    "a stranger's key": signedBy(stranger, good), "a stranger's key under our kid": signedBy(stranger, good, { kid: key.kid }),
    "a stranger's key in the header": signedBy(stranger, good, { jwk: stranger.jwk }),
    'an unknown kid': signedBy(key, good, { kid: 'nobody' }),
    'swapped keys': jwt('RS256', key.privateKey, good, { kid: keys.ES256.kid }),
    'swapped algorithms': jwt('RS256', key.privateKey, good, { alg: 'PS256', kid: key.kid }),
    'HS256 with the public key': jwt('HS256', publicPem(key), good), 'HS256 with the JWK': jwt('HS256', JSON.stringify(key.jwk), good), 'HS256 with nothing': jwt('HS256', '', good),
    'no signature': signedBy(key, good).replace(/[^.]*$/, ''), 'half a signature': signedBy(key, good).slice(0, -100),
    'another iss': signedBy(key, inside({ iss: 'post' })), 'no iss': signedBy(key, inside({ iss: undefined })),
    'another sub': signedBy(key, inside({ sub: 'post' })), 'no sub': signedBy(key, inside({ sub: undefined })),
    expired: signedBy(key, inside({ exp: now() - 61 })), 'no exp': signedBy(key, inside({ exp: undefined })), 'exp a text': signedBy(key, inside({ exp: 'soon' })),
    'a life of years': signedBy(key, inside({ exp: now() + 4e7 })), 'and half a second': signedBy(key, inside({ exp: now() + 4e7 + 0.5 })),
    'not yet': signedBy(key, inside({ nbf: now() + 600 })), 'issued in the future': signedBy(key, inside({ iat: now() + 600 })),
    'no jti': signedBy(key, inside({ jti: undefined })), 'jti a number': signedBy(key, inside({ jti: 7 })), 'jti too long': signedBy(key, inside({ jti: 'j'.repeat(600) })),
    'a member twice': signedBy(key, text.replace('{', '{"iss":"signer",')), 'a header member twice': jwt('RS256', key.privateKey, good, '{"alg":"none","alg":"RS256"}'),
    nested: signedBy(key, signedBy(key, good), { cty: 'JWT' }), 'a list': signedBy(key, [good]), 'a text': signedBy(key, '"x"'), 'no JSON': signedBy(key, '{'),
    deep: signedBy(key, `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`),
    zip: signedBy(key, good, { zip: 'DEF' }), crit: signedBy(key, good, { crit: ['exp'] }), b64: signedBy(key, good, { b64: false }),
    "a DPoP proof's typ": signedBy(key, good, { typ: 'dpop+jwt' }), "an access token's typ": signedBy(key, good, { typ: 'at+jwt' }), "a request object's typ": signedBy(key, good, { typ: 'oauth-authz-req+jwt' }),
  };
  for (const [what, assertion] of Object.entries(rows)) {
    const answer = await ask('oauth/token', by(assertion, { client_id: 'signer' }));
    assert.ok(answer.status === 401 || (what === 'huge' && answer.status === 400), `${what}: ${answer.status} ${answer.text}`);
    assert.match(answer.json.error, /^invalid_(client|request)$/, what);
    assert.ok(assertion.length < 40 || !answer.text.includes(assertion.slice(0, 40)), `${what} comes back`);
  }
  assert.equal((await ask('oauth/token', by(signedBy(key, good)))).status, 200, 'none of them used up its jti');
  refuses(await ask('oauth/token', by(signedBy(key, good))), 'invalid_client', 401, 'but this did');
});

// Many a library takes Date.now() / 1000: RFC 7519, 2 allows the fraction.
test('an assertion that ends within a second is known again until then', async () => {
  const exp = now() + 600.5;
  const assertion = signedBy(key, inside({ exp }));
  assert.equal((await ask('oauth/token', by(assertion))).status, 200);
  const [{ until }] = query(server, 'SELECT max(keep_until) AS until FROM used_code');
  assert.ok(until > exp, `known until ${until}, good until ${exp}`);
});

test('of many who come at once with one assertion, one is believed', async () => {
  const assertion = signedBy(key, inside());
  const answers = await Promise.all(Array.from({ length: 8 }, () => ask('oauth/token', by(assertion))));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('every wrong id_token_hint is refused, at /authorize and at /oidc/logout', async () => {
  const browser = new Browser(server);
  await browser.signIn('ana');
  const { id_token: hint, access_token: token } = await browser.redeem(await browser.authorize({ prompt: 'none' }));
  const said = claims(hint);
  const [head, body, signature] = hint.split('.');
  const header = JSON.parse(Buffer.from(head, 'base64url'));
  const ours = (await browser.send('/.well-known/jwks.json')).response.json.keys.find(({ kid }) => kid === header.kid);
  const rows = {
    'no JWT': 'x', 'two dots': '..', 'no signature': `${head}.${body}.`, 'half a signature': `${head}.${body}.${signature.slice(0, -40)}`,
    'alg none': jwt('none', null, said), 'HS256 with our public key': jwt('HS256', JSON.stringify(ours), said, { kid: header.kid }),
    "a stranger's": signedBy(stranger, said), "a stranger's under our kid": signedBy(stranger, said, { kid: header.kid }),
    'another payload': `${head}.${Buffer.from(JSON.stringify({ ...said, sub: 'auth0|ben' })).toString('base64url')}.${signature}`,
    'a member twice': `${head}.${Buffer.from(JSON.stringify(said).replace('{', '{"sub":"x",')).toString('base64url')}.${signature}`,
    'another header': `${Buffer.from(JSON.stringify({ ...header, zip: 'DEF' })).toString('base64url')}.${body}.${signature}`,
    'an access token': token, nested: jwt('none', null, hint), huge: `${hint}${'A'.repeat(9000)}`,
  };
  for (const [what, wrong] of Object.entries(rows)) {
    const answer = await browser.authorize({ prompt: 'none', id_token_hint: wrong });
    assert.equal(answer.params?.error, 'invalid_request', `${what}: ${answer.location ?? answer.text}`);
    answer.because('hint_invalid');
    const away = await browser.send('/oidc/logout', { query: { id_token_hint: wrong } });
    assert.ok(away.status === 400 || away.status === 200, `${what}: ${away.status}`);
    assert.equal((await browser.authorize({ prompt: 'none' })).params.error, undefined, `${what} signs nobody out`);
  }
  assert.ok((await browser.authorize({ prompt: 'none', id_token_hint: hint })).params.code);
});
