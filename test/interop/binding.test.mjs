// SPDX-License-Identifier: Apache-2.0
// Tokens bound to a key, by the two certified libraries, from npm and unmodified: DPoP with our
// nonces, and certificates at the endpoints that discovery names for them.
import assert from 'node:assert/strict';
import { X509Certificate, createHash } from 'node:crypto';
import { after, test } from 'node:test';

import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';

import { Browser, claims, spa } from '../support/browser.mjs';
import { makeAuthority, selfSigned } from '../support/ca.mjs';
import { request } from '../support/http.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const authority = makeAuthority();
after(() => authority.remove());
const vouched = authority.issueClient('/CN=vouched', { san: 'DNS:vouched.example' });
const own = selfSigned('/CN=own');
const der = new X509Certificate(own.cert).raw;

const api = 'https://api.example';
const bound = { ...spa, client_id: 'bound', name: 'Bound', dpop_bound_access_tokens: true };
const machine = { app_type: 'non_interactive', grant_types: ['client_credentials'], tls_client_certificate_bound_access_tokens: true };
const byName = { ...machine, client_id: 'by-name', name: 'By name', token_endpoint_auth_method: 'tls_client_auth', tls_client_auth_san_dns: 'vouched.example' };
const byKey = { ...webApp, ...machine, client_id: 'by-key', name: 'By key', client_secret: undefined, token_endpoint_auth_method: 'self_signed_tls_client_auth',
  grant_types: ['client_credentials', 'authorization_code', 'refresh_token'], jwks: { keys: [{ kty: 'EC', x5c: [der.toString('base64')] }] } };
const clients = [spa, bound, webApp, byName, byKey];
const server = await serve({
  tenant: defaultTenant({ clients, clientGrants: [byName, byKey].map(({ client_id: id }) => ({ client_id: id, audience: api, scope: ['read:orders'] })) }),
  tls: { ...authority.issue('localhost', 'mtls.localhost'), ca: authority.pem },
  args: ['--mtls-host', 'mtls.localhost', '--mtls-ca', authority.file],
});
const issuer = new URL(server.issuer);

/** fetch() with a certificate at hand, which the platform's own does not take. */
const fetchWith = (pair, seen = []) => async (url, { method, headers, body }) => {
  seen.push(new URL(url));
  const answer = await request(url, { method, headers: Object.fromEntries(new Headers(headers)), body: body && String(body), ca: authority.pem, cert: pair?.cert, key: pair?.key });
  return new Response([204, 304].includes(answer.status) ? null : answer.body, { status: answer.status,
    headers: Object.entries(answer.headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one])) });
};

function discover(app, authentication, pair, metadata = {}) {
  return client.discovery(issuer, app.client_id, metadata, authentication, { execute: [client.enableNonRepudiationChecks], [client.customFetch]: fetchWith(pair) });
}

async function open(browser, url) {
  const first = await browser.follow(await browser.send(url.href));
  const last = first.location ? first : await browser.fillIn(first, browser.user('ana'));
  assert.ok(last.location, `no way back to the app: ${last.status} ${last.text.slice(0, 400)}`);
  return new URL(last.location);
}

async function begin(config, app, more) {
  const checks = { pkceCodeVerifier: client.randomPKCECodeVerifier(), expectedState: client.randomState(), idTokenExpected: true };
  const parameters = { redirect_uri: app.callbacks[0], scope: 'openid email offline_access', code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256', state: checks.expectedState, ...more };
  return { checks, parameters };
}

for (const app of [spa, bound]) {
  for (const pushed of [false, true]) {
    test(`openid-client: DPoP for ${app.client_id}${pushed ? ', pushed' : ''}: code, userinfo, refresh; nonces found by itself`, async () => {
      const config = await discover(app, client.None());
      const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
      const { checks, parameters } = await begin(config, app, pushed ? {} : { dpop_jkt: await DPoP.calculateThumbprint() });
      const url = pushed ? await client.buildAuthorizationUrlWithPAR(config, parameters, { DPoP }) : client.buildAuthorizationUrl(config, parameters);
      const tokens = await client.authorizationCodeGrant(config, await open(new Browser(server, { client: app }), url), checks, undefined, { DPoP });
      assert.equal(tokens.token_type, 'dpop');
      const { sub } = tokens.claims();
      assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP })).email, 'ana@example.com');
      await assert.rejects(client.fetchUserInfo(config, tokens.access_token, sub), (error) => error.status === 401);

      const next = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
      assert.equal(next.token_type, 'dpop');
      assert.equal((await client.fetchUserInfo(config, next.access_token, sub, { DPoP })).sub, sub);
      const another = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
      await assert.rejects(client.refreshTokenGrant(config, next.refresh_token, undefined, { DPoP: another }), { error: 'invalid_grant' });
      await assert.rejects(client.refreshTokenGrant(config, next.refresh_token), { error: app === bound ? 'invalid_dpop_proof' : 'invalid_grant' });
    });
  }
}

test('openid-client: self_signed_tls_client_auth; tokens are bound to the certificate', async () => {
  const config = await discover(byKey, client.TlsClientAuth(), own, { use_mtls_endpoint_aliases: true });
  const { checks, parameters } = await begin(config, byKey);
  const tokens = await client.authorizationCodeGrant(config, await open(new Browser(server, { client: byKey }), client.buildAuthorizationUrl(config, parameters)), checks);
  const { sub } = tokens.claims();
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).email, 'ana@example.com');
  const next = await client.refreshTokenGrant(config, tokens.refresh_token);
  const introspected = await client.tokenIntrospection(config, next.access_token);
  assert.equal(introspected.cnf['x5t#S256'], createHash('sha256').update(der).digest('base64url'));
  await client.tokenRevocation(config, next.access_token);
  assert.equal((await client.tokenIntrospection(config, next.access_token)).active, false);

  const stranger = await discover(byKey, client.TlsClientAuth(), vouched, { use_mtls_endpoint_aliases: true });
  await assert.rejects(client.clientCredentialsGrant(stranger, { audience: api }), { error: 'invalid_client' });
  await assert.rejects(client.fetchUserInfo(stranger, tokens.access_token, sub), (error) => error.status === 401);
});

const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { [oauth.customFetch]: fetchWith() }));


test('oauth4webapi: DPoP with each kind of key', async () => {
  for (const alg of ['ES256', 'RS256', 'PS256']) {
    const app = { client_id: webApp.client_id };
    const DPoP = oauth.DPoP(app, await oauth.generateKeyPair(alg));
    const browser = new Browser(server, { client: webApp });
    const code_verifier = oauth.generateRandomCodeVerifier();
    const query = { client_id: app.client_id, redirect_uri: webApp.callbacks[0], response_type: 'code', scope: 'openid', audience: api, code_challenge: await oauth.calculatePKCECodeChallenge(code_verifier), code_challenge_method: 'S256' };
    const back = await open(browser, new URL(`${as.authorization_endpoint}?${new URLSearchParams(query)}`));
    const params = oauth.validateAuthResponse(as, app, back, oauth.expectNoState);
    const redeem = () => oauth.authorizationCodeGrantRequest(as, app, oauth.ClientSecretPost(webApp.client_secret), params, webApp.callbacks[0], code_verifier, { DPoP, [oauth.customFetch]: fetchWith() });
    const tokens = await oauth.processAuthorizationCodeResponse(as, app, await redeem());
    assert.equal(tokens.token_type, 'dpop', alg);
    assert.equal(claims(tokens.access_token).cnf.jkt, await DPoP.calculateThumbprint());
    const told = claims(tokens.id_token);
    const userinfo = await oauth.userInfoRequest(as, app, tokens.access_token, { DPoP, [oauth.customFetch]: fetchWith() });
    assert.equal((await oauth.processUserInfoResponse(as, app, told.sub, userinfo)).sub, told.sub);
  }
});

test('oauth4webapi: a public client is told of a nonce as the library expects it', async () => {
  const app = { client_id: spa.client_id };
  const DPoP = oauth.DPoP(app, await oauth.generateKeyPair('ES256'));
  const ask = async () => oauth.processRefreshTokenResponse(as, app, await oauth.refreshTokenGrantRequest(as, app, oauth.None(), 'x', { DPoP, [oauth.customFetch]: fetchWith() }));
  await assert.rejects(ask(), (error) => oauth.isDPoPNonceError(error));
  await assert.rejects(ask(), { error: 'invalid_grant' });
});

test('oauth4webapi: tls_client_auth, at the aliases', async () => {
  const seen = [];
  const app = { client_id: byName.client_id, use_mtls_endpoint_aliases: true };
  const response = await oauth.clientCredentialsGrantRequest(as, app, oauth.TlsClientAuth(), { audience: api, scope: 'read:orders' }, { [oauth.customFetch]: fetchWith(vouched, seen) });
  const tokens = await oauth.processClientCredentialsResponse(as, app, response);
  assert.deepEqual(seen.map(({ hostname }) => hostname), ['mtls.localhost']);
  assert.equal(claims(tokens.access_token).cnf['x5t#S256'], createHash('sha256').update(new X509Certificate(vouched.cert).raw).digest('base64url'));
  const refused = await oauth.clientCredentialsGrantRequest(as, app, oauth.TlsClientAuth(), { audience: api }, { [oauth.customFetch]: fetchWith(own) });
  await assert.rejects(oauth.processClientCredentialsResponse(as, app, refused), { error: 'invalid_client' });
});
