// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Discovery 1.0, 4; RFC 8414; RFC 7517: what is advertised, and that it works.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';

import { Browser } from '../support/browser.mjs';
import { metadataNames } from '../support/conformance.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const server = await serve({ tenant: defaultTenant({ tenant: { customDomains: [] } }) });
const browser = new Browser(server);
const read = async (path, options) => (await browser.send(path, options)).response.json;
const metadata = await read('/.well-known/openid-configuration');

test('any page may ask whether the server is there, and what time it has', async () => {
  const answer = await new Browser(server).send('/healthz', { jar: undefined, headers: { Origin: 'https://anybody.example' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.header('access-control-allow-origin'), '*');
  assert.equal(answer.header('access-control-allow-credentials'), undefined);
  assert.match(answer.header('access-control-expose-headers'), /\bDate\b/);
  assert.ok(Math.abs(Date.parse(answer.header('date')) - Date.now()) < 5000);
  answer.isNeverCached();
});

test('the issuer is the URL it was asked at, and every name is a known one', () => {
  assert.equal(metadata.issuer, server.issuer);
  assert.deepEqual(Object.keys(metadata).filter((name) => !metadataNames.has(name)), []);
  for (const name of ['scopes_supported', 'claims_supported', 'userinfo_endpoint']) assert.ok(metadata[name], name);
  assert.ok(metadata.id_token_signing_alg_values_supported.includes('RS256'));
  assert.deepEqual(metadata.subject_types_supported, ['public', 'pairwise']);
  for (const type of ['code', 'id_token', 'id_token token']) assert.ok(metadata.response_types_supported.includes(type), type);
});

test('every endpoint that is named is there', async () => {
  const endpoints = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$|_iframe$/.test(name));
  assert.ok(endpoints.length >= 7);
  for (const [name, url] of endpoints) {
    assert.ok(url.startsWith(server.issuer), name);
    assert.notEqual((await browser.send(url)).status, 404, name);
  }
});

test('both well-known names, cacheable, for any page, no redirect', async () => {
  for (const path of ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server', '/.well-known/jwks.json']) {
    const answer = await browser.send(path, { headers: { Origin: 'https://anywhere.example' } });
    assert.equal(answer.status, 200, path);
    assert.match(answer.header('content-type'), /^application\/json/);
    assert.match(answer.header('cache-control'), /max-age=\d+/);
    assert.equal(answer.header('access-control-allow-origin'), '*');
    const head = await browser.send(path, { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.text, '');
  }
  assert.deepEqual(await read('/.well-known/oauth-authorization-server'), metadata);
});

test('what is off is said to be off', async () => {
  const { params } = await browser.authorize({ prompt: 'create' });
  assert.equal(params.error, 'invalid_request', 'Initiating User Registration 1.0, 4');
  assert.match(params.error_description, /prompt=create is not supported/);
  assert.ok(!metadata.prompt_values_supported.includes('create'), 'nobody can sign up here');
  assert.ok(!metadata.id_token_signing_alg_values_supported.includes('none'));
  assert.equal(metadata.require_pushed_authorization_requests, false);
  assert.ok(!metadata.request_object_signing_alg_values_supported.includes('none'));
});

test('keys: public, with distinct kids, fit for their algorithm; the next one is there', async () => {
  const { keys } = await read('/.well-known/jwks.json');
  assert.equal(new Set(keys.map((key) => key.kid)).size, keys.length);
  for (const key of keys) {
    assert.ok(key.kid && key.kty);
    assert.equal(key.use, key.alg ? 'sig' : 'enc', 'one to encrypt to is good for several algorithms');
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in key), secret);
    createPublicKey({ key, format: 'jwk' });
  }
  assert.equal(keys.filter((key) => key.alg === 'RS256').length, 2, 'current and next');
  assert.equal(keys.filter((key) => key.use === 'enc').length, 1);
});

test('S256 only, when the tenant says so', async (t) => {
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256', 'plain']);
  const strict = await serve({ tenant: defaultTenant({ tenant: { s256_only: true } }), test: t });
  const told = (await new Browser(strict).send('/.well-known/openid-configuration')).response.json;
  assert.deepEqual(told.code_challenge_methods_supported, ['S256']);
});
