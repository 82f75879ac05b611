// SPDX-License-Identifier: Apache-2.0
// Refresh tokens: RFC 6749, 6; RFC 9700, 4.14; OpenID Connect Core 1.0, 12; contract, section 8.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users, webApp } from '../support/tenant.mjs';

const quick = { ...webApp, name: 'Quick', client_id: 'quick', refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 1 } };
const strict = { ...webApp, name: 'Strict', client_id: 'strict', refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 0 } };
const steady = { ...webApp, name: 'Steady', client_id: 'steady', refresh_token: { rotation_type: 'non-rotating', expiration_type: 'non-expiring' } };
const short = { ...webApp, name: 'Short', client_id: 'short',
  refresh_token: { rotation_type: 'rotating', expiration_type: 'expiring', leeway: 30, token_lifetime: 3600, idle_token_lifetime: 600,
    infinite_token_lifetime: false, infinite_idle_token_lifetime: false } };
const revoking = { ...webApp, name: 'Revoking', client_id: 'revoking', refresh_token: { ...quick.refresh_token, revoke_on_logout: true } };
const noRefresh = { ...webApp, name: 'None', client_id: 'none', grant_types: ['authorization_code'] };
const tenant = defaultTenant({ clients: [spa, webApp, quick, strict, steady, short, revoking, noRefresh] });
const server = await serve({ tenant });

async function start(client = webApp, { params, at = server, user = 'ana' } = {}) {
  const browser = new Browser(at, { client });
  await browser.signIn(user);
  const asked = { prompt: 'none', scope: 'openid profile offline_access', max_age: '100000', ...params };
  return { browser, tokens: await browser.redeem(await browser.authorize(asked)) };
}

const refresh = (browser, token, fields) => browser.token({ grant_type: 'refresh_token', refresh_token: token, ...fields });

async function renews(browser, token, fields) {
  const answer = await refresh(browser, token, fields);
  assert.equal(answer.status, 200, answer.text);
  answer.isNeverCached();
  return answer.response.json;
}

async function refuses(browser, token, reason, error = 'invalid_grant', fields = {}) {
  const answer = await refresh(browser, token, fields);
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.response.json.error, error);
  assert.match(answer.response.json.error_uri, new RegExp(`/why/${reason}\\?id=`), answer.text);
}

test('a renewal gives the next refresh token, and an id_token like the first', async () => {
  const { browser, tokens } = await start();
  const next = await renews(browser, tokens.refresh_token);
  assert.deepEqual(Object.keys(next).sort(), ['access_token', 'expires_in', 'id_token', 'refresh_token', 'scope', 'token_type']);
  assert.notEqual(next.refresh_token, tokens.refresh_token);
  assert.equal(next.scope, 'openid profile offline_access');
  const [was, is] = [claims(tokens.id_token), claims(next.id_token)];
  for (const name of ['iss', 'sub', 'aud', 'sid', 'auth_time']) assert.deepEqual(is[name], was[name], name);
  assert.ok(!('nonce' in is));
  assert.ok(is.iat >= was.iat);
  await renews(browser, next.refresh_token);
});

test('none without offline_access, nor for a client without the grant', async () => {
  assert.ok(!('refresh_token' in (await start(webApp, { params: { scope: 'openid' } })).tokens));
  assert.ok(!('refresh_token' in (await start(noRefresh)).tokens));
});

test('tabs that race get the same successor', async () => {
  const { browser, tokens } = await start();
  const replies = await Promise.all(Array.from({ length: 10 }, () => renews(browser, tokens.refresh_token)));
  assert.equal(new Set(replies.map((reply) => reply.refresh_token)).size, 1);
  await renews(browser, replies[0].refresh_token);
});

test('the first use of the successor closes the window', async () => {
  const { browser, tokens } = await start();
  const second = await renews(browser, tokens.refresh_token);
  const third = await renews(browser, second.refresh_token);
  await refuses(browser, tokens.refresh_token, 'refresh_reused');
  await refuses(browser, third.refresh_token, 'refresh_revoked');
});

test('time closes it too, and reuse ends the family only', async () => {
  const { browser, tokens } = await start(quick);
  const sibling = await browser.redeem(await browser.authorize({ prompt: 'none', scope: 'openid offline_access' }));
  const second = await renews(browser, tokens.refresh_token);
  await sleep(2100);
  await refuses(browser, tokens.refresh_token, 'refresh_reused');
  await refuses(browser, second.refresh_token, 'refresh_revoked');
  await renews(browser, sibling.refresh_token);
  (await browser.authorize({ prompt: 'none' })).redirectsTo(quick.callbacks[0], { code: /./, state: 'xyz' });
});

test('without leeway a second use is a reuse', async () => {
  const { browser, tokens } = await start(strict);
  await renews(browser, tokens.refresh_token);
  await refuses(browser, tokens.refresh_token, 'refresh_reused');
});

test('a client that does not rotate keeps its token', async () => {
  const { browser, tokens } = await start(steady);
  for (let i = 0; i < 3; i++) assert.equal((await renews(browser, tokens.refresh_token)).refresh_token, tokens.refresh_token);
});

test('another client, more scope, another audience: no use', async () => {
  const { browser, tokens } = await start();
  await refuses(browser, tokens.refresh_token, 'refresh_invalid', 'invalid_grant', { client_id: 'quick' });
  await refuses(browser, tokens.refresh_token, 'request_invalid', 'invalid_scope', { scope: 'openid email' });
  await refuses(browser, tokens.refresh_token, 'request_invalid', 'invalid_target', { audience: 'https://api.example' });
  await refuses(browser, 'not-one', 'refresh_invalid');
  await refuses(browser, undefined, 'request_invalid', 'invalid_request');
  const less = await renews(browser, tokens.refresh_token, { scope: 'openid' });
  assert.equal(less.scope, 'openid');
  assert.equal((await renews(browser, less.refresh_token)).scope, 'openid profile offline_access');
});

test("a single-page app's refresh token ends with its session", async () => {
  const { browser, tokens } = await start(spa);
  const next = await renews(browser, tokens.refresh_token);
  await browser.send('/v2/logout');
  await refuses(browser, next.refresh_token, 'session_ended');
});

test('an offline one of another app outlives the log-out, unless the client says revoke_on_logout', async () => {
  const kept = await start();
  await kept.browser.send('/v2/logout');
  await renews(kept.browser, kept.tokens.refresh_token);
  const ended = await start(revoking);
  await ended.browser.send('/v2/logout');
  await refuses(ended.browser, ended.tokens.refresh_token, 'session_ended');
});

test('online_access ends with the session', async () => {
  const { browser, tokens } = await start(webApp, { params: { scope: 'openid online_access' } });
  assert.ok(tokens.refresh_token);
  await browser.send('/v2/logout');
  await refuses(browser, tokens.refresh_token, 'session_ended');
});

test('a revoked one is revoked, whichever generation was given back', async () => {
  const { browser, tokens } = await start();
  const next = await renews(browser, tokens.refresh_token);
  await browser.send('/oauth/revoke', { jar: undefined, form: { client_id: 'office', client_secret: webApp.client_secret, token: tokens.refresh_token } });
  await refuses(browser, next.refresh_token, 'refresh_revoked');
});

test('a blocked user gets nothing', async (t) => {
  const own = await serve({ tenant, test: t });
  const { browser, tokens } = await start(webApp, { at: own });
  const [ana, ...others] = users;
  await own.apply({ ...tenant, users: [{ ...ana, blocked: true }, ...others] });
  const answer = await refresh(browser, tokens.refresh_token);
  assert.equal(answer.response.json.error_description, 'user is blocked');
  assert.match(answer.response.json.error_uri, /\/why\/user_blocked\?/);
});

test('families survive a restart, and end when idle or old', async (t) => {
  const own = await serve({ tenant, test: t });
  const { browser, tokens } = await start(short, { at: own });
  const at = (seconds) => own.restart({ env: { TACIT_CLOCK_OFFSET: String(seconds) } });
  await at(500);
  const second = await renews(browser, tokens.refresh_token);
  await at(1000);
  const third = await renews(browser, second.refresh_token);
  const idle = await browser.redeem(await browser.authorize({ prompt: 'none', scope: 'openid offline_access' }));
  await at(1700);
  await refuses(browser, idle.refresh_token, 'refresh_expired');
  await refuses(browser, third.refresh_token, 'refresh_expired');
});

test('what was acknowledged outlives a crash', async (t) => {
  const own = await serve({ tenant, test: t });
  const { browser, tokens } = await start(strict, { at: own });
  const next = await renews(browser, tokens.refresh_token);
  await own.crash();
  await own.restart();
  await renews(browser, next.refresh_token);
});
