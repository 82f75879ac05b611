// SPDX-License-Identifier: Apache-2.0
// openid-client and oauth4webapi, from npm and unmodified: a device that waits for its person, and a
// token for a token.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as oauth from 'oauth4webapi';
import * as client from 'openid-client';

import { Browser } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa, webApp } from '../support/tenant.mjs';

const device = { name: 'Television', client_id: 'tv', app_type: 'native', token_endpoint_auth_method: 'none',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'] };
const backend = { ...webApp, client_id: 'backend', grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  token_exchange: { subject_audiences: ['https://api.example'], targets: [{ audience: 'https://stock.example', scope: ['read:stock'] }] } };
const server = await serve({ tenant: defaultTenant({ tenant: { device_flow: { interval: 1 } }, clients: [spa, webApp, device, backend],
  resourceServers: [{ name: 'Orders', identifier: 'https://api.example', scopes: [{ value: 'read:orders' }] },
    { name: 'Stock', identifier: 'https://stock.example', scopes: [{ value: 'read:stock' }] }] }) });
const insecure = { [oauth.allowInsecureRequests]: true };

function discover(app, authentication) {
  return client.discovery(new URL(server.issuer), app.client_id, undefined, authentication, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
}

async function letIn({ verification_uri_complete: uri }, action = 'accept') {
  const browser = new Browser(server);
  const after = await browser.press(await browser.send(uri), {}, { action });
  return action === 'accept' ? browser.fillIn(after, browser.user('ana')) : after;
}

test('openid-client waits for the person, and refreshes what it got', async () => {
  const config = await discover(device, client.None());
  const codes = await client.initiateDeviceAuthorization(config, { scope: 'openid email offline_access' });
  const waiting = client.pollDeviceAuthorizationGrant(config, codes);
  setTimeout(() => { void letIn(codes); }, 1500);
  const tokens = await waiting;
  const { sub } = tokens.claims();
  assert.equal((await client.fetchUserInfo(config, tokens.access_token, sub)).email, 'ana@example.com');
  const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(renewed.claims().sub, sub);
});

test('openid-client hears that the person would not', async () => {
  const config = await discover(device, client.None());
  const codes = await client.initiateDeviceAuthorization(config, { scope: 'openid' });
  await letIn(codes, 'deny');
  await assert.rejects(client.pollDeviceAuthorizationGrant(config, codes), { error: 'access_denied', status: 403 });
});

test('oauth4webapi asks, waits and reads the tokens', async () => {
  const issuer = new URL(server.issuer);
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, insecure));
  const self = { client_id: device.client_id };
  const begun = await oauth.deviceAuthorizationRequest(as, self, oauth.None(), new URLSearchParams({ scope: 'openid' }), insecure);
  const codes = await oauth.processDeviceAuthorizationResponse(as, self, begun);
  const ask = () => oauth.deviceCodeGrantRequest(as, self, oauth.None(), codes.device_code, insecure);
  await assert.rejects(oauth.processDeviceCodeResponse(as, self, await ask()), { error: 'authorization_pending' });
  await letIn(codes);
  const tokens = await oauth.processDeviceCodeResponse(as, self, await ask());
  assert.ok(oauth.getValidatedIdTokenClaims(tokens).sub);
});

test('openid-client exchanges a token, and oauth4webapi reads the answer', async () => {
  const config = await discover(backend, client.ClientSecretPost(backend.client_secret));
  const browser = new Browser(server);
  await browser.signIn('ana');
  const { access_token: subject_token } = await browser.redeem(await browser.authorize({ prompt: 'none', audience: 'https://api.example', scope: 'openid read:orders' }));
  const parameters = { subject_token, subject_token_type: 'urn:ietf:params:oauth:token-type:access_token', audience: 'https://stock.example' };
  const answer = await client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', parameters);
  assert.equal(answer.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token');
  assert.equal(answer.token_type, 'bearer');
  await assert.rejects(client.genericGrantRequest(config, 'urn:ietf:params:oauth:grant-type:token-exchange', { ...parameters, audience: 'https://other.example' }),
    { error: 'invalid_target', status: 400 });

  const as = config.serverMetadata();
  const self = { client_id: backend.client_id };
  const raw = await oauth.genericTokenEndpointRequest(as, self, oauth.ClientSecretPost(backend.client_secret), 'urn:ietf:params:oauth:grant-type:token-exchange',
    new URLSearchParams(parameters), insecure);
  const read = await oauth.processGenericTokenEndpointResponse(as, self, raw);
  assert.equal(oauth.getValidatedIdTokenClaims(read), undefined);
  assert.equal(JSON.parse(Buffer.from(read.access_token.split('.')[1], 'base64url')).act.client_id, backend.client_id);
});
