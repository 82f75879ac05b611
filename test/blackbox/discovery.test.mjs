// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Discovery 1.0, 4; RFC 8414; RFC 7517: what is advertised, and that it works.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { test } from 'node:test';

import { Browser } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const server = await serve({ tenant: defaultTenant({ tenant: { customDomains: [] } }) });
const browser = new Browser(server);
const read = async (path, options) => (await browser.send(path, options)).response.json;
const metadata = await read('/.well-known/openid-configuration');

// Names that a conformance suite knows; any other is a warning there.
const known = new Set(`issuer authorization_endpoint token_endpoint userinfo_endpoint jwks_uri registration_endpoint revocation_endpoint
  introspection_endpoint end_session_endpoint check_session_iframe device_authorization_endpoint pushed_authorization_request_endpoint
  require_pushed_authorization_requests scopes_supported response_types_supported response_modes_supported grant_types_supported
  acr_values_supported subject_types_supported id_token_signing_alg_values_supported userinfo_signing_alg_values_supported
  request_object_signing_alg_values_supported token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
  revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported
  introspection_endpoint_auth_methods_supported introspection_endpoint_auth_signing_alg_values_supported display_values_supported
  claim_types_supported claims_supported claims_locales_supported ui_locales_supported claims_parameter_supported
  request_parameter_supported request_uri_parameter_supported require_request_uri_registration op_policy_uri op_tos_uri
  code_challenge_methods_supported authorization_response_iss_parameter_supported prompt_values_supported
  frontchannel_logout_supported frontchannel_logout_session_supported backchannel_logout_supported backchannel_logout_session_supported
  id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported userinfo_encryption_alg_values_supported
  userinfo_encryption_enc_values_supported request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported
  introspection_signing_alg_values_supported introspection_encryption_alg_values_supported introspection_encryption_enc_values_supported
  dpop_signing_alg_values_supported service_documentation`.split(/\s+/));

test('the issuer is the URL it was asked at, and every name is a known one', () => {
  assert.equal(metadata.issuer, server.issuer);
  assert.deepEqual(Object.keys(metadata).filter((name) => !known.has(name)), []);
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
