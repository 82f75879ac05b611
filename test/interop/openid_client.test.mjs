// SPDX-License-Identifier: Apache-2.0
// openid-client (certified by the OpenID Foundation), from npm and unmodified: discovery to
// log-out for a public and a confidential client. It checks far more than these lines say: iss,
// aud, nonce, at_hash, time, state, media types, and here each id_token's signature too.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as client from 'openid-client';

import { Browser, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { webApp } from '../support/tenant.mjs';

const server = await serve();

const kinds = [
  { name: 'a public client', app: spa, authentication: client.None() },
  { name: 'a confidential client, secret in the body', app: webApp, authentication: client.ClientSecretPost(webApp.client_secret) },
];

function discover({ app, authentication }) {
  return client.discovery(new URL(server.issuer), app.client_id, undefined, authentication, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
}

/** An authorization request as the library makes it, with what its answer must be checked against. */
async function prepare(config, app, parameters = {}) {
  const checks = {
    pkceCodeVerifier: client.randomPKCECodeVerifier(),
    expectedNonce: client.randomNonce(),
    expectedState: client.randomState(),
    idTokenExpected: true,
  };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: app.callbacks[0],
    scope: 'openid profile email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(checks.pkceCodeVerifier),
    code_challenge_method: 'S256',
    nonce: checks.expectedNonce,
    state: checks.expectedState,
    ...parameters,
  });
  return { url, checks };
}

/** Opens the library's URL in the browser, signing in where a page asks for it. */
async function open(browser, url, user) {
  const first = await browser.follow(await browser.send(url.href));
  const last = first.location ? first : await browser.fillIn(first, browser.user(user));
  assert.ok(last.location, `no way back to the app: ${last.status} ${last.text.slice(0, 400)}`);
  return new URL(last.location);
}

async function signIn(config, app, browser) {
  const { url, checks } = await prepare(config, app);
  return client.authorizationCodeGrant(config, await open(browser, url, 'ana'), checks);
}

for (const kind of kinds) {
  const { name, app } = kind;

  test(`${name} signs in, renews silently, refreshes and reads userinfo`, async () => {
    const config = await discover(kind);
    const browser = new Browser(server, { client: app });
    const tokens = await signIn(config, app, browser);
    const { sub } = tokens.claims();
    assert.equal(typeof tokens.expires_in, 'number');

    const { url, checks } = await prepare(config, app, { prompt: 'none', id_token_hint: tokens.id_token });
    const silent = await client.authorizationCodeGrant(config, new URL((await browser.send(url.href)).location), checks);
    assert.equal(silent.claims().sub, sub);

    const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.notEqual(refreshed.access_token, tokens.access_token);

    const person = await client.fetchUserInfo(config, refreshed.access_token, sub);
    assert.equal(person.email, 'ana@example.com');
  });

  test(`${name} hears why silence is refused`, async () => {
    const config = await discover(kind);
    const { url, checks } = await prepare(config, app, { prompt: 'none' });
    const answer = await new Browser(server, { client: app }).send(url.href);
    await assert.rejects(client.authorizationCodeGrant(config, new URL(answer.location), checks), (error) => {
      assert.equal(error.code, 'OAUTH_AUTHORIZATION_RESPONSE_ERROR', String(error));
      assert.equal(error.error, 'login_required');
      assert.equal(error.error_description, 'Login required');
      return true;
    });
  });

  test(`${name} revokes, and what it revoked is refused`, async () => {
    const config = await discover(kind);
    const { refresh_token: token } = await signIn(config, app, new Browser(server, { client: app }));
    await client.tokenRevocation(config, token, { token_type_hint: 'refresh_token' });
    await assert.rejects(client.refreshTokenGrant(config, token), { error: 'invalid_grant', status: 400 });
  });

  test(`${name} redeems a code once`, async () => {
    const config = await discover(kind);
    const { url, checks } = await prepare(config, app);
    const back = await open(new Browser(server, { client: app }), url, 'ana');
    await client.authorizationCodeGrant(config, back, checks);
    await assert.rejects(client.authorizationCodeGrant(config, back, checks), { error: 'invalid_grant', status: 400 });
  });

  test(`${name} logs out, and is no longer silently signed in`, async () => {
    const config = await discover(kind);
    const browser = new Browser(server, { client: app });
    const { id_token: hint } = await signIn(config, app, browser);
    const away = client.buildEndSessionUrl(config, {
      id_token_hint: hint, post_logout_redirect_uri: app.allowed_logout_urls[0], state: 'bye',
    });
    const answer = await browser.follow(await browser.send(away.href));
    assert.equal(answer.location, `${app.allowed_logout_urls[0]}?state=bye`);

    const { url } = await prepare(config, app, { prompt: 'none' });
    assert.match((await browser.send(url.href)).location, /[?&]error=login_required(&|$)/);
  });
}

test('implicit flow: the id_token of the fragment, silently too', async () => {
  const config = await discover(kinds[0]);
  client.useIdTokenResponseType(config);
  const browser = new Browser(server, { client: spa });
  for (const parameters of [{}, { prompt: 'none' }]) {
    const { url, checks } = await prepare(config, spa, { scope: 'openid email', code_challenge: '', code_challenge_method: '', ...parameters });
    const back = parameters.prompt ? new URL((await browser.send(url.href)).location) : await open(browser, url, 'ana');
    const token = await client.implicitAuthentication(config, back, checks.expectedNonce, { expectedState: checks.expectedState });
    assert.equal(token.email, 'ana@example.com');
  }
  const { url, checks } = await prepare(config, spa, { scope: 'openid', code_challenge: '', code_challenge_method: '', prompt: 'none' });
  const strange = new URL((await browser.send(url.href)).location);
  await assert.rejects(client.implicitAuthentication(config, strange, `${checks.expectedNonce}x`, { expectedState: checks.expectedState }),
    (error) => /nonce/.test(error.cause?.message));
});

test('hybrid flow: the code and the id_token of the fragment belong together', async () => {
  const config = await discover(kinds[0]);
  client.useCodeIdTokenResponseType(config);
  const { url, checks } = await prepare(config, spa);
  const back = await open(new Browser(server, { client: spa }), url, 'ana');
  assert.match(back.hash, /[#&]code=.*[#&]id_token=|[#&]id_token=.*[#&]code=/);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  assert.ok(tokens.claims().sub);
  assert.ok((await client.refreshTokenGrant(config, tokens.refresh_token)).access_token);
});

test('it pushes its request, and the code that comes of it is good', async () => {
  const config = await discover(kinds[1]);
  const browser = new Browser(server, { client: webApp });
  const { url, checks } = await prepare(config, webApp);
  const short = await client.buildAuthorizationUrlWithPAR(config, url.searchParams);
  assert.deepEqual([...short.searchParams.keys()].sort(), ['client_id', 'request_uri']);
  const tokens = await client.authorizationCodeGrant(config, await open(browser, short, 'ana'), checks);
  assert.ok(tokens.claims().sub);
});

test('it signs its request, and the code that comes of it is good', async () => {
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  const jwk = { ...await crypto.subtle.exportKey('jwk', publicKey), kid: 'k', alg: 'ES256', use: 'sig' };
  await server.apply({ ...server.tenant, clients: server.tenant.clients.map((app) => (app.client_id === webApp.client_id
    ? { ...app, jwks: { keys: [{ kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y, kid: 'k', alg: 'ES256', use: 'sig' }] } } : app)) });
  await new Promise((done) => { setTimeout(done, 1200); });
  const config = await discover(kinds[1]);
  const browser = new Browser(server, { client: webApp });
  const { url, checks } = await prepare(config, webApp);
  const signed = await client.buildAuthorizationUrlWithJAR(config, url.searchParams, { key: privateKey, kid: 'k' });
  assert.ok(signed.searchParams.get('request'));
  assert.equal(signed.searchParams.get('redirect_uri'), null);
  const tokens = await client.authorizationCodeGrant(config, await open(browser, signed, 'ana'), checks);
  assert.ok(tokens.claims().sub);
});
