// SPDX-License-Identifier: Apache-2.0
// The two documents that tacit began with, sentence by sentence: each test's name is the
// sentence it shows to be true.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];
const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false, callbacks: ['http://guest.localhost:9/cb'], web_origins: ['http://guest.localhost:9'] };
const sentAway = { email: 'eve@example.com', password: 'correct horse eve', app_metadata: { sent_to: 'https://terms.example/' } };
const elsewhere = { name: 'elsewhere', supported_triggers: [{ id: 'post-login', version: 'v3' }], code: `exports.onExecutePostLogin = async (event, api) => {
  if (event.user.app_metadata.sent_to) api.redirect.sendUserTo(event.user.app_metadata.sent_to);
};` };
const base = () => defaultTenant({ clients: [spa, webApp, guest], users: [...defaultTenant().users, sentAway] });

test('Authentication without User Interaction', async (t) => {
  const server = await serve({ tenant: base() });
  const ana = new Browser(server);
  await ana.signIn('ana');
  const tokens = await ana.redeem(await ana.authorize({ prompt: 'none' }));
  const hint = tokens.id_token;
  const asked = { response_type: 'code', scope: 'openid profile', prompt: 'none', id_token_hint: hint };

  await t.test('It is possible to request authentication for a specific user by providing a previously issued id_token.', async () => {
    const answer = await ana.authorize(asked);
    const again = await ana.redeem(answer);
    assert.equal(claims(again.id_token).sub, claims(hint).sub);
  });
  await t.test('Must contain the JWT that represents some previously issued id_token.', async () => {
    (await ana.authorize({ ...asked, id_token_hint: 'qbcd.1234.xyz' })).redirectsTo(callback, refusal('invalid_request'), 'query').because('hint_invalid');
  });
  await t.test('Must have the value none.', async () => {
    (await ana.authorize({ ...asked, prompt: undefined })).redirectsTo(callback, refusal('invalid_request'));
  });
  await t.test('If the user referenced by the authentication request has an active session, it will occur automatically.', async () => {
    (await ana.authorize(asked)).redirectsTo(callback, { code: /./, state: 'xyz' }, 'query');
  });
  await t.test('The user will be redirected to the redirect_uri with the authorization code, without requiring interaction.', async () => {
    const answer = await ana.authorize(asked);
    assert.equal(answer.status, 302);
    assert.equal(answer.redirect.uri, callback);
    assert.ok(answer.params.code);
  });
  await t.test('If the user does not have an active session … the user_agent will be redirected to the redirect URI … with informative parameters regarding the observed error.', async () => {
    (await new Browser(server).authorize(asked)).redirectsTo(callback, refusal('login_required', 'Login required'), 'query').because('no_session');
  });
  await t.test('… or the active session does not belong to the referenced user …', async () => {
    const ben = new Browser(server);
    await ben.signIn('ben');
    (await ben.authorize(asked)).redirectsTo(callback, refusal('login_required', 'Login required'), 'query').because('subject_mismatch');
  });
  await t.test('If you use id_token_hint without setting prompt=none, you will receive the following error', async () => {
    const answer = await ana.authorize({ ...asked, prompt: undefined });
    assert.equal(answer.params.error, 'invalid_request');
    assert.equal(answer.params.error_description, "The use of the id_token_hint property requires the prompt value to be set as 'none'.");
    assert.ok(answer.params.error_uri, 'the error_uri says more');
  });
  await t.test('Checking if the user still has an active session', async () => {
    const gone = new Browser(server);
    await gone.signIn('ana');
    assert.ok((await gone.authorize(asked)).params.code);
    await gone.send('/v2/logout');
    assert.equal((await gone.authorize(asked)).params.error, 'login_required');
  });
  await t.test('Renewing tokens without requesting login again', async () => {
    const again = await ana.redeem(await ana.authorize(asked));
    assert.notEqual(again.access_token, tokens.access_token);
    assert.equal(claims(again.id_token).sid, claims(hint).sid, 'the same session');
  });
  await t.test('In the callback, you should check if you received a code (success) or an error (inactive session).', async () => {
    for (const browser of [ana, new Browser(server)]) {
      const { params } = await browser.authorize(asked);
      assert.equal('code' in params, !('error' in params));
    }
  });
  await t.test('… has an expired session …', async () => {
    const week = 169 * 3600;
    await server.restart({ env: { TACIT_CLOCK_OFFSET: String(week) } });
    const answer = await ana.authorize(asked);
    answer.redirectsTo(callback, refusal('login_required', 'Login required'), 'query');
    assert.match(answer.reason, /^session_(idle|expired)$/);
  });
});

test('Configure Silent Authentication', async (t) => {
  const server = await serve({ tenant: base() });
  const ana = new Browser(server);
  const interactive = await ana.signIn('ana', { response_type: 'id_token token' });

  await t.test('… the authorization server must not display any user interaction (such as authentication, consent, or MFA).', async () => {
    const stranger = new Browser(server);
    for (const mode of ['query', 'fragment', 'form_post', 'web_message']) {
      const answer = await stranger.authorize({ prompt: 'none', response_mode: mode });
      assert.doesNotMatch(answer.text, /password|username/i);
      assert.equal(answer.params.error, 'login_required');
    }
  });
  await t.test('You can use the Authorization Code Flow with PKCE in conjunction with Silent Authentication to renew sessions in SPAs.', async () => {
    const tokens = await ana.redeem(await ana.silently());
    assert.ok(tokens.access_token && tokens.id_token);
  });
  await t.test('The prompt=none parameter causes Auth0 to immediately send a result to the specified redirect_uri (callback URL) using the specified response_mode with one of two possible responses: success or error.', async () => {
    for (const browser of [ana, new Browser(server)]) {
      (await browser.authorize({ prompt: 'none', response_mode: 'fragment' })).redirectsTo(callback,
        browser === ana ? { code: /./, state: 'xyz' } : refusal('login_required'), 'fragment');
    }
  });
  await t.test('If the user was already logged in to Auth0 and no other interactive prompts are required, Auth0 will respond exactly as if the user had authenticated manually through the login page.', async () => {
    const silent = await ana.authorize({ prompt: 'none', response_type: 'id_token token' });
    assert.equal(silent.redirect.mode, interactive.redirect.mode);
    assert.deepEqual(Object.keys(silent.params).sort(), Object.keys(interactive.params).sort());
    assert.deepEqual(Object.keys(claims(silent.params.id_token)).sort(), Object.keys(claims(interactive.params.id_token)).sort());
  });
  await t.test('For example, when using the Implicit Flow, (response_type=id_token token, used for single-page applications), Auth0 will respond with the requested tokens', async () => {
    (await ana.authorize({ prompt: 'none', response_type: 'id_token token' })).redirectsTo(callback,
      { id_token: /\./, access_token: /./, token_type: 'Bearer', expires_in: /^\d+$/, scope: 'openid', state: 'xyz' }, 'fragment');
  });
  await t.test('If the user was not logged in via Single Sign-on (SSO) or their SSO session had expired, Auth0 will redirect to the specified redirect_uri (callback URL) with an error', async () => {
    (await new Browser(server).authorize({ prompt: 'none' })).redirectsTo(callback, refusal('login_required'), 'query');
  });
  await t.test('consent_required: The user was logged in at Auth0, but needs to give consent to authorize the application.', async () => {
    const other = new Browser(server, { client: guest, jar: ana.jar });
    (await other.authorize({ prompt: 'none' })).redirectsTo(guest.callbacks[0], refusal('consent_required', 'Consent required'));
  });
  await t.test('interaction_required: … but needs to be redirected elsewhere before authentication can be completed; for example, when using a redirect rule.', async (tt) => {
    const asks = await serve({ tenant: { ...base(), actions: [elsewhere], triggers: { 'post-login': ['elsewhere'] } }, test: tt });
    const eve = new Browser(asks);
    await eve.signIn('eve');
    (await eve.authorize({ prompt: 'none' })).redirectsTo(callback, refusal('interaction_required', 'External interaction required'));
  });
  await t.test('If any of these errors are returned, the user must be redirected to the Auth0 login page without the prompt=none parameter to authenticate.', async () => {
    const stranger = new Browser(server);
    assert.equal((await stranger.authorize({ prompt: 'none' })).params.error, 'login_required');
    const page = await stranger.follow(await stranger.authorize({ prompt: undefined }));
    page.isPage(200);
    (await stranger.fillIn(page, stranger.user('ben'))).redirectsTo(callback, { code: /./, state: 'xyz' });
  });
  await t.test('You can make a silent authentication request to get new tokens as long as the user still has a valid session at Auth0.', async () => {
    for (let i = 0; i < 3; i++) assert.ok((await ana.redeem(await ana.silently())).id_token);
  });
  await t.test('… uses a silent token request in combination with response_mode=web_message for SPAs so that the request happens in a hidden iframe.', async () => {
    const answer = await ana.silently({ response_type: 'token id_token' });
    answer.postsMessage(origin, { id_token: /\./, access_token: /./, token_type: 'Bearer', expires_in: 7200, scope: 'openid', state: 'xyz' });
  });
  await t.test('Access Tokens are opaque to applications.', async () => {
    const { access_token: token } = await ana.redeem(await ana.silently());
    assert.doesNotMatch(token, /\./, 'no JWT where no API was asked for');
    assert.equal((await ana.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${token}` } })).status, 200);
  });
  await t.test('Read the expires_in response parameter returned by Auth0.', async () => {
    const { expires_in: seconds } = await ana.redeem(await ana.silently());
    assert.equal(typeof seconds, 'number');
    assert.ok(seconds > 0);
  });
  await t.test('Alternatively, renew the Access Token if your API rejects a request from the application (such as with a 401).', async () => {
    const refused = await ana.send('/userinfo', { jar: undefined, headers: { Authorization: 'Bearer stale' } });
    assert.equal(refused.status, 401);
    const { access_token: token } = await ana.redeem(await ana.silently());
    assert.equal((await ana.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${token}` } })).status, 200);
  });
  await t.test('In the case of the Implicit Flow, the expires_in parameter is returned by Auth0 as a hash parameter following a successful authentication.', async () => {
    const answer = await ana.authorize({ prompt: 'none', response_type: 'token' });
    assert.equal(answer.redirect.mode, 'fragment');
    assert.match(answer.params.expires_in, /^\d+$/);
  });
  await t.test('You may receive the timeout error response … make sure to add all of the URLs from which you want to perform silent authentication in the Allowed Web Origins field', async () => {
    const office = new Browser(server, { client: webApp, jar: ana.jar });
    const answer = await office.silently();
    assert.equal(answer.status, 400);
    assert.equal(answer.posted.message.response.error, 'invalid_request', 'told at once, where others wait for a timeout');
    assert.ok(!('code' in answer.posted.message.response));
    answer.because('origin_not_registered');
  });
  await t.test('… an application can be set up to periodically poll Auth0 using checkSession() to see if a session exists. If the session does not exist, you can then log the user out of the application.', async () => {
    const shop = new Browser(server);
    await shop.signIn('ana');
    const office = new Browser(server, { client: webApp, jar: shop.jar });
    assert.ok((await office.authorize({ prompt: 'none' })).params.code, 'the same polling is used for SSO');
    await office.send('/v2/logout');
    (await shop.silently()).postsMessage(origin, refusal('login_required', 'Login required'));
  });
  await t.test('The poll interval between checks to checkSession() should be at least 15 minutes … to avoid any issues in the future with rate limiting of this call.', async () => {
    for (let i = 0; i < 50; i++) assert.ok((await ana.silently()).params.code, 'no limit is needed here');
  });
  await t.test('This error can occur … after the time period set in the Require log in after setting.', async () => {
    await server.restart({ env: { TACIT_CLOCK_OFFSET: String(168 * 3600 + 1) } });
    const answer = await ana.silently();
    answer.postsMessage(origin, refusal('login_required', 'Login required'));
    assert.match(answer.reason, /^session_(idle|expired)$/);
  });
});
