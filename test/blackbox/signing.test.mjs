// SPDX-License-Identifier: Apache-2.0
// How id_tokens and userinfo are signed, each algorithm checked by another implementation (npm jose).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as jose from 'jose';

import { Browser, claims, refusal } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const algs = ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256'];
const client = (id, more) => ({ ...webApp, client_id: id, name: id, grant_types: ['authorization_code', 'implicit', 'refresh_token'], ...more });
const clients = [...algs.map((alg) => client(alg, { jwt_configuration: { alg }, userinfo_signed_response_alg: alg })), client('none', { jwt_configuration: { alg: 'none' } }), client('plain')];
const flags = { enable_dynamic_client_registration: true };
const server = await serve({ tenant: defaultTenant({ clients, tenant: { flags } }) });
const loose = await serve({ tenant: defaultTenant({ clients, tenant: { flags, unsigned_id_tokens: true } }) });

async function signIn(id, at = server, params = {}) {
  const browser = new Browser(at, { client: clients.find((one) => one.client_id === id) });
  const answer = await browser.signIn('ana', { scope: 'openid email', ...params });
  return { browser, answer };
}

async function verify(token, alg, at = server) {
  const key = alg === 'HS256' ? new TextEncoder().encode(webApp.client_secret) : jose.createRemoteJWKSet(new URL(`${at.issuer}.well-known/jwks.json`));
  return jose.jwtVerify(token, key, { algorithms: [alg], issuer: at.issuer });
}

for (const alg of algs) {
  test(`${alg}: id_token and userinfo verify`, async () => {
    const { browser, answer } = await signIn(alg);
    const tokens = await browser.redeem(answer);
    const id = await verify(tokens.id_token, alg);
    assert.equal(id.payload.aud, alg);
    if (alg !== 'HS256') assert.ok(id.protectedHeader.kid);
    const info = await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${tokens.access_token}` } });
    assert.match(info.header('content-type'), /^application\/jwt/);
    const { payload } = await verify(info.text, alg);
    assert.equal(payload.sub, id.payload.sub);
    assert.equal(payload.aud, alg);
    assert.equal(payload.email, 'ana@example.com');
    assert.ok(!('nonce' in payload));
  });

  test(`${alg}: at_hash and c_hash fit it`, async () => {
    const { answer } = await signIn(alg, server, { response_type: 'code id_token token' });
    const { payload } = await verify(answer.params.id_token, alg);
    const half = async (text, size) => Buffer.from(await crypto.subtle.digest(size, Buffer.from(text))).subarray(0, size === 'SHA-512' ? 32 : 16).toString('base64url');
    const size = alg === 'EdDSA' ? 'SHA-512' : 'SHA-256';
    assert.equal(payload.at_hash, await half(answer.params.access_token, size));
    assert.equal(payload.c_hash, await half(answer.params.code, size));
  });
}

test('without a word it is RS256, with a kid', async () => {
  const { browser, answer } = await signIn('plain');
  const { protectedHeader } = await verify((await browser.redeem(answer)).id_token, 'RS256');
  assert.ok(protectedHeader.kid);
});

test('none: RS256 all the same, unless the tenant says otherwise', async () => {
  const { browser, answer } = await signIn('none');
  await verify((await browser.redeem(answer)).id_token, 'RS256');
  const told = (await browser.send('/.well-known/openid-configuration')).response.json;
  assert.deepEqual(told.id_token_signing_alg_values_supported, ['RS256', 'ES256', 'PS256', 'EdDSA', 'HS256']);
});

test('none, where the tenant says so: from the token endpoint only', async () => {
  const { browser, answer } = await signIn('none', loose);
  const { id_token: token } = await browser.redeem(answer);
  assert.deepEqual(JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).alg, 'none');
  assert.equal(token.split('.')[2], '');
  assert.equal(claims(token).aud, 'none');
  assert.equal(jose.UnsecuredJWT.decode(token, { issuer: loose.issuer, audience: 'none' }).payload.sub, claims(token).sub);
  for (const type of ['id_token', 'code id_token', 'id_token token']) {
    (await browser.authorize({ response_type: type, prompt: 'none' })).redirectsTo(webApp.callbacks[0], refusal('unauthorized_client'));
  }
  (await browser.authorize({ prompt: 'none', id_token_hint: token })).redirectsTo(webApp.callbacks[0], refusal('invalid_request'));
  const told = (await browser.send('/.well-known/openid-configuration')).response.json;
  assert.ok(told.id_token_signing_alg_values_supported.includes('none'));
  const { browser: signed, answer: code } = await signIn('RS256', loose);
  await verify((await signed.redeem(code)).id_token, 'RS256', loose);
});

test('registration with none follows the same switch', async () => {
  const register = (at, more) => new Browser(at).send('/oidc/register', { jar: undefined, method: 'POST', json: { redirect_uris: ['https://rp.example/cb'], id_token_signed_response_alg: 'none', ...more } });
  const refused = await register(server);
  assert.equal(refused.status, 400);
  assert.equal(refused.response.json.error, 'invalid_client_metadata');
  assert.match(refused.response.json.error_description, /^id_token_signed_response_alg /);
  const made = await register(loose);
  assert.equal(made.status, 201, made.text);
  assert.equal(made.response.json.id_token_signed_response_alg, 'none');
  assert.equal((await register(loose, { response_types: ['code id_token'], grant_types: ['authorization_code', 'implicit'] })).status, 400);
});
