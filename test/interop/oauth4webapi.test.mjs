// SPDX-License-Identifier: Apache-2.0
// oauth4webapi (certified by the OpenID Foundation), from npm and unmodified: every flow that it
// has, in its own words. It checks each answer's members, media type, times and signatures itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as oauth from 'oauth4webapi';

import { Browser } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const insecure = { [oauth.allowInsecureRequests]: true };
const api = 'https://api.example';
const strict = 'https://strict.example';
const keys = await oauth.generateKeyPair('ES256', { extractable: true });
const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', keys.publicKey);
const privateKey = { key: keys.privateKey, kid: 'mine' };

const kinds = [
  { method: 'client_secret_post', authentication: oauth.ClientSecretPost(webApp.client_secret) },
  { method: 'client_secret_basic', authentication: oauth.ClientSecretBasic(webApp.client_secret) },
  { method: 'client_secret_jwt', authentication: oauth.ClientSecretJwt(webApp.client_secret) },
  { method: 'private_key_jwt', authentication: oauth.PrivateKeyJwt(privateKey) },
];
const apps = kinds.map(({ method }) => ({ ...webApp, client_id: method, name: method, token_endpoint_auth_method: method,
  grant_types: [...webApp.grant_types, 'client_credentials'],
  ...(method === 'private_key_jwt' ? { client_secret: undefined } : {}), jwks: { keys: [{ kty, crv, x, y, kid: 'mine', alg: 'ES256',
    use: 'sig' }] } }));
const resourceServers = [api, strict].map((identifier) => ({ name: identifier, identifier, scopes: [{ value: 'read:orders' }],
  ...(identifier === strict && { token_dialect: 'rfc9068_profile' }) }));
const server = await serve({ tenant: defaultTenant({ clients: apps, resourceServers, tenant: { flags: { enable_dynamic_client_registration: true } },
  clientGrants: apps.map(({ client_id: id }) => ({ client_id: id, audience: api, scope: ['read:orders'] })) }) });
const issuer = new URL(server.issuer);
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));

/** A client and what it must remember of its request. */
async function begin({ method, authentication }, parameters = {}) {
  const app = apps.find(({ client_id: id }) => id === method);
  const verifier = oauth.generateRandomCodeVerifier();
  const nonce = oauth.generateRandomNonce();
  const state = oauth.generateRandomState();
  const [redirect_uri] = app.callbacks;
  return { app, client: { client_id: app.client_id }, authentication, verifier, nonce, state, redirect_uri,
    browser: new Browser(server, { client: app }),
    parameters: new URLSearchParams({ client_id: app.client_id, redirect_uri, response_type: 'code', scope: 'openid email offline_access', state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256', ...parameters }) };
}

/** Opens the authorization request in the browser and signs in: the validated answer. */
async function authorize({ client, state, browser }, parameters) {
  const first = await browser.follow(await browser.send('/authorize', { query: [...parameters] }));
  const last = first.location ? first : await browser.fillIn(first, browser.user('ana'));
  assert.ok(last.location, `no way back to the app: ${last.status} ${last.text.slice(0, 400)}`);
  return oauth.validateAuthResponse(as, client, new URL(last.location), state);
}

async function redeem({ client, authentication, verifier, nonce, redirect_uri }, answer) {
  const response = await oauth.authorizationCodeGrantRequest(as, client, authentication, answer, redirect_uri, verifier, insecure);
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, { expectedNonce: nonce, requireIdToken: true });
  await oauth.validateApplicationLevelSignature(as, response, insecure);
  return tokens;
}

for (const kind of kinds) {
  const { method } = kind;

  test(`${method}: code with PKCE, userinfo, refresh`, async () => {
    const flow = await begin(kind);
    const { client, authentication } = flow;
    const tokens = await redeem(flow, await authorize(flow, flow.parameters));
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);
    const userinfo = await oauth.processUserInfoResponse(as, client, sub, await oauth.userInfoRequest(as, client, tokens.access_token, insecure));
    assert.equal(userinfo.email, 'ana@example.com');

    const answer = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, insecure);
    const refreshed = await oauth.processRefreshTokenResponse(as, client, answer);
    await oauth.validateApplicationLevelSignature(as, answer, insecure);
    assert.notEqual(refreshed.access_token, tokens.access_token);
    assert.equal(oauth.getValidatedIdTokenClaims(refreshed).sub, sub);
  });

  test(`${method}: introspection, revocation, and introspection again`, async () => {
    const flow = await begin(kind);
    const { client, authentication } = flow;
    const tokens = await redeem(flow, await authorize(flow, flow.parameters));
    const look = async () => oauth.processIntrospectionResponse(as, client, await oauth.introspectionRequest(as, client, authentication,
      tokens.access_token, insecure));
    const alive = await look();
    assert.equal(alive.active, true);
    assert.equal(alive.client_id, client.client_id);
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, tokens.access_token, insecure));
    assert.deepEqual(await look(), { active: false });
    await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, tokens.refresh_token, insecure));
    const refused = await oauth.refreshTokenGrantRequest(as, client, authentication, tokens.refresh_token, insecure);
    await assert.rejects(oauth.processRefreshTokenResponse(as, client, refused), { error: 'invalid_grant', status: 400 });
  });

  test(`${method}: a pushed request`, async () => {
    const flow = await begin(kind);
    const { client, authentication } = flow;
    const pushed = await oauth.processPushedAuthorizationResponse(as, client,
      await oauth.pushedAuthorizationRequest(as, client, authentication, flow.parameters, insecure));
    const short = new URLSearchParams({ client_id: client.client_id, request_uri: pushed.request_uri });
    assert.ok((await redeem(flow, await authorize(flow, short))).access_token);
  });

  test(`${method}: a signed request`, async () => {
    const flow = await begin(kind);
    const request = await oauth.issueRequestObject(as, flow.client, flow.parameters, privateKey);
    const short = new URLSearchParams({ client_id: flow.client.client_id, request });
    assert.ok((await redeem(flow, await authorize(flow, short))).access_token);
  });

  test(`${method}: a token of its own, which an API can check`, async () => {
    const { client, authentication } = await begin(kind);
    const response = await oauth.clientCredentialsGrantRequest(as, client, authentication, { audience: api, scope: 'read:orders' }, insecure);
    const tokens = await oauth.processClientCredentialsResponse(as, client, response);
    assert.equal(tokens.scope ?? 'read:orders', 'read:orders');
    assert.equal(tokens.access_token.split('.').length, 3);
  });

  test(`${method}: end of the session`, async () => {
    const flow = await begin(kind);
    const tokens = await redeem(flow, await authorize(flow, flow.parameters));
    const [home] = flow.app.allowed_logout_urls;
    const away = new URL(as.end_session_endpoint);
    away.search = new URLSearchParams({ id_token_hint: tokens.id_token, post_logout_redirect_uri: home, state: 'bye' });
    const back = await flow.browser.follow(await flow.browser.send(away.href));
    assert.equal(back.location, `${home}?state=bye`);
    flow.parameters.set('prompt', 'none');
    await assert.rejects(authorize(flow, flow.parameters), { error: 'login_required' });
  });
}

test('an access token by RFC 9068, validated as a resource server does', async () => {
  const flow = await begin(kinds[0], { audience: strict, scope: 'openid read:orders' });
  const tokens = await redeem(flow, await authorize(flow, flow.parameters));
  const asked = new Request(`${strict}/orders`, { headers: { Authorization: `Bearer ${tokens.access_token}` } });
  const claims = await oauth.validateJwtAccessToken(as, asked, strict, insecure);
  assert.equal(claims.client_id, flow.client.client_id);
  assert.match(claims.scope, /\bread:orders\b/);
});

test('it registers, signs a person in, and hears what was wrong with a registration', async () => {
  const registration = { redirect_uris: ['https://rp.example/callback'], client_name: 'New', token_endpoint_auth_method: 'client_secret_basic' };
  const client = await oauth.processDynamicClientRegistrationResponse(await oauth.dynamicClientRegistrationRequest(as, registration, insecure));
  assert.ok(client.client_id && client.client_secret);
  const bad = await oauth.dynamicClientRegistrationRequest(as, { redirect_uris: ['https://rp.example/#x'] }, insecure);
  await assert.rejects(oauth.processDynamicClientRegistrationResponse(bad), { error: 'invalid_redirect_uri', status: 400 });
});
