// SPDX-License-Identifier: Apache-2.0
// The checks of conformance.mjs themselves: each finds what it is there to find.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';

import * as check from '../support/conformance.mjs';
import { jwt, makeKey, signedBy } from '../support/jwt.mjs';

const issuer = 'https://op.example/';
const key = makeKey('RS256');
const client = { client_id: 'rp', client_secret: 'secret' };
const now = Math.floor(Date.now() / 1000);
const long = 'x7Gq-2bT_9mLk4RvW8sYc1NzPd6HfJ3aEu5QoKi0';
const other = { ...makeKey('RS256').jwk, kid: 'two' };

/** What the tests are given by answer.mjs, made up. */
function made(json, { status = 200, headers = {}, location, forms = [] } = {}) {
  const all = { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers };
  return { status, location, forms, text: '', response: { json }, header: (name) => all[name],
    isNeverCached() { assert.match(all['cache-control'] ?? '', /no-store/); } };
}

/** `good` passes; each of `bad`, which are changes to it, does not. */
function finds(name, run, good, bad) {
  test(name, () => {
    run(good);
    for (const [what, change] of Object.entries(bad)) {
      const value = typeof change === 'function' ? change(structuredClone(good)) : { ...good, ...change };
      assert.throws(() => run(value), assert.AssertionError, what);
    }
  });
}

finds('keys', (keys) => check.checkKeys(made({ keys })), [key.jwk, other], {
  'none': () => [],
  'no kid': ([one]) => [{ ...one, kid: undefined }],
  'a kid twice': ([one]) => [one, one],
  'a private member': ([one]) => [{ ...one, d: 'x' }],
  'a secret': ([one]) => [{ ...one, kty: 'oct', k: 'x' }],
  'padding': ([one]) => [{ ...one, n: `${one.n}=` }],
  'no modulus': ([one]) => [{ ...one, n: undefined }],
  'an unknown type': ([one]) => [{ ...one, kty: 'AKP' }],
  'an unknown algorithm': ([one]) => [{ ...one, alg: 'ML-DSA-44' }],
  'an unknown curve': () => [{ ...makeKey('ES256').jwk, crv: 'secp256k1' }],
});

const metadata = { issuer, userinfo_endpoint: `${issuer}userinfo`, scopes_supported: ['openid'], claims_supported: ['sub'],
  ui_locales_supported: ['pt-BR'] };
finds('discovery', (value) => check.checkDiscovery(made(value), issuer), metadata, {
  'another issuer': { issuer: 'https://op.example' },
  'an unknown member': { native_sso_supported: true },
  'an endpoint in the clear': { token_endpoint: 'http://op.example/token' },
  'a locale in the wrong case': { ui_locales_supported: ['pt-br'] },
  'an empty list': { claims_supported: [] },
  'a value twice': { scopes_supported: ['openid', 'openid'] },
  'no scopes': ({ scopes_supported: _, ...rest }) => rest,
  'request objects without RS256': { request_object_signing_alg_values_supported: ['ES256'] },
  'no userinfo': ({ userinfo_endpoint: _, ...rest }) => rest,
});

const registered = { client_id: 'a', client_secret: 'b', client_secret_expires_at: 0, registration_client_uri: `${issuer}r/a`,
  registration_access_token: 't' };
finds('registration', (value) => check.checkRegistration(made(value, { status: 201 })), registered, {
  'no end of the secret': { client_secret_expires_at: undefined },
  'a URI without a token': ({ registration_access_token: _, ...rest }) => rest,
  'a URI in the clear': { registration_client_uri: 'http://op.example/r/a' },
});

finds('errors', (value) => check.checkError(value, ['invalid_request']), { error: 'invalid_request', error_description: 'One line.' }, {
  'two lines': { error_description: 'One\r\nline.' },
  'a tab': { error_description: 'One\tline.' },
  'a quotation mark': { error_description: 'One "line".' },
  'a backslash': { error_description: 'One \\ line.' },
  'not ASCII': { error_description: 'Uma l\u00ednha.' },
  'another error': { error: 'server_error' },
});

const code = { client_id: 'rp', redirect_uri: 'https://rp.example/cb?a=b', response_type: 'code', state: 's' };
const answered = (request, location) => check.checkAuthorization(made(undefined, { status: 302, location }), request, issuer);
finds('authorization by query', (location) => answered(code, `${location}`), `https://rp.example/cb?a=b&code=${long}&state=s`, {
  'no state': () => `https://rp.example/cb?a=b&code=${long}`,
  'another state': () => `https://rp.example/cb?a=b&code=${long}&state=t`,
  'in the fragment': () => `https://rp.example/cb?a=b#code=${long}&state=s`,
  'its query is lost': () => `https://rp.example/cb?code=${long}&state=s`,
  'elsewhere': () => `https://evil.example/cb?a=b&code=${long}&state=s`,
  'another issuer': () => `https://rp.example/cb?a=b&code=${long}&state=s&iss=x`,
  'a code to be guessed': () => 'https://rp.example/cb?a=b&code=aaaaaaaaaaaaaaaaaaaaaaaaaa&state=s',
  'a token beside it': () => `https://rp.example/cb?a=b&code=${long}&state=s&access_token=${long}`,
  'a code beside an error': () => `https://rp.example/cb?a=b&code=${long}&state=s&error=login_required`,
  'more than an error may say': () => 'https://rp.example/cb?a=b&state=s&error=login_required&why=no',
});
const implicit = { ...code, response_type: 'token', redirect_uri: 'https://rp.example/cb' };
finds('authorization by fragment', (location) => answered(implicit, `${location}`),
  `https://rp.example/cb#access_token=${long}&token_type=Bearer&expires_in=60&state=s`, {
    'in the query': () => `https://rp.example/cb?access_token=${long}&token_type=Bearer&expires_in=60&state=s`,
    'state in the query': () => `https://rp.example/cb?state=s#access_token=${long}&token_type=Bearer&expires_in=60&state=s`,
    'no end': () => `https://rp.example/cb#access_token=${long}&token_type=Bearer&state=s`,
  });

const tokens = { access_token: long, token_type: 'Bearer', expires_in: 60 };
finds('tokens', (value) => check.checkTokens(made(value)), tokens, {
  'no end': { expires_in: undefined },
  'an end as text': { expires_in: '60' },
  'no end for years': { expires_in: 10 * 365 * 86400 },
  'another type': { token_type: 'mac' },
  'to be guessed': { access_token: 'aaaa' },
});
test('tokens that may be cached', () => {
  assert.throws(() => check.checkTokens(made(tokens, { headers: { 'cache-control': 'max-age=60' } })), assert.AssertionError);
});

const claims = { iss: issuer, aud: 'rp', sub: 'eva', exp: now + 60, iat: now, nonce: 'n', auth_time: now };
const checked = (token, options) => check.checkIdToken(token, { issuer, client, keys: [key.jwk], nonce: 'n' }, options);
finds('id_token', (payload) => checked(signedBy(key, payload)), claims, {
  'another issuer': { iss: 'https://op.example' }, 'another audience': { aud: 'them' }, 'expired': { exp: now - 1 },
    'without end': { exp: now + 51 * 365 * 86400 },
  'old': { iat: now - 400 }, 'of tomorrow': { iat: now + 400 }, 'no sub': { sub: '' }, 'another nonce': { nonce: 'm' }, 'acr empty': { acr: '' },
  'signed in tomorrow': { auth_time: now + 400 }, 'for another party': { azp: 'them' }, 'a name nobody asked for': { name: 'Eva' },
    'a claim of our own': { tenant: 'x' },
});
const verified = (token) => checked(`${token}`);
finds('signature of an id_token', verified, signedBy(key, claims), {
  'alg none': () => jwt('none', null, claims),
  'another key': () => signedBy(makeKey('RS256'), claims),
  'no kid': () => signedBy(key, claims, { kid: undefined }),
  'a secret that is not theirs': () => jwt('HS256', 'guess', claims),
});
test('at_hash and c_hash must be there, and right', () => {
  const half = createHash('sha256').update(long).digest().subarray(0, 16).toString('base64url');
  checked(signedBy(key, { ...claims, at_hash: half, c_hash: half }), { beside: { access_token: long, code: long } });
  for (const change of [{ at_hash: half }, { c_hash: half }, { at_hash: half, c_hash: 'x' }]) {
    assert.throws(() => checked(signedBy(key, { ...claims, ...change }), { beside: { access_token: long, code: long } }), assert.AssertionError);
  }
});

finds('userinfo', (value) => check.checkUserinfo(made(value), 'eva'), { sub: 'eva', name: 'Eva', email_verified: true, updated_at: 1,
  address: { country: 'PT' } }, {
  'another sub': { sub: 'ben' }, 'a blank name': { name: ' ' }, 'a flag as text': { email_verified: 'true' }, 'a time as text': { updated_at: '1' },
  'an address with holes': { address: { country: null } },
});
