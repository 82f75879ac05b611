// SPDX-License-Identifier: Apache-2.0
// How long a refresh token is good, told: the earliest of its own two ends and its session's two.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Browser } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const lives = (token_lifetime, idle_token_lifetime, more) => ({ rotation_type: 'rotating', expiration_type: 'expiring', token_lifetime,
  idle_token_lifetime, ...more });
const client = (id, refresh) => ({ ...webApp, name: id, client_id: id, refresh_token: refresh });
const idle = client('idle', lives(3600, 600));
const absolute = client('absolute', lives(500, 600));
const endless = client('endless', { rotation_type: 'non-rotating', expiration_type: 'non-expiring' });
const bound = client('bound', lives(9000, 6000, { outlive_session: false }));
const roomy = client('roomy', lives(200, 6000, { outlive_session: false }));
const clients = [idle, absolute, endless, bound, roomy];
const start = (t, settings) => serve({ test: t, tenant: defaultTenant({ clients, tenant: { refresh_expires_in: true, ...settings } }) });

async function signedIn(server, who) {
  const browser = new Browser(server, { client: who });
  return { browser, tokens: await browser.redeem(await browser.signIn('ana', { scope: 'openid offline_access' })) };
}

async function renewed(browser, { refresh_token: token }) {
  const answer = await browser.token({ grant_type: 'refresh_token', refresh_token: token });
  assert.equal(answer.status, 200, answer.text);
  return answer.response.json;
}

function isAbout(seconds, wanted, what) {
  assert.ok(Number.isInteger(seconds) && seconds <= wanted && seconds > wanted - 10, `${what}: ${seconds}, not about ${wanted}`);
}

test('the earlier of its own ends; the idle one moves with each exchange', async (t) => {
  const server = await start(t);
  for (const [who, wanted] of [[idle, 600], [absolute, 500]]) {
    const { browser, tokens } = await signedIn(server, who);
    isAbout(tokens.refresh_expires_in, wanted, who.client_id);
    await sleep(2100);
    const next = await renewed(browser, tokens);
    if (who === idle) assert.equal(next.refresh_expires_in, 600);
    else assert.ok(next.refresh_expires_in <= tokens.refresh_expires_in - 2, `${next.refresh_expires_in}`);
  }
  const { browser, tokens } = await signedIn(server, endless);
  assert.ok(!('refresh_expires_in' in tokens));
  assert.ok(!('refresh_expires_in' in await renewed(browser, tokens)));
});

test('one that lives by its session ends with it, at the latest', async (t) => {
  for (const [settings, wanted] of [
    [{ session_lifetime_in_minutes: 50, idle_session_lifetime_in_minutes: 20 }, 1200],
    [{ session_lifetime_in_minutes: 20, idle_session_lifetime_in_minutes: 20 }, 1200],
  ]) {
    const server = await start(t, settings);
    const { browser, tokens } = await signedIn(server, bound);
    isAbout(tokens.refresh_expires_in, wanted, 'with the code');
    isAbout((await renewed(browser, tokens)).refresh_expires_in, wanted, 'with a refresh token');
    isAbout((await signedIn(server, roomy)).tokens.refresh_expires_in, 200, 'its own end comes first');
    isAbout((await signedIn(server, idle)).tokens.refresh_expires_in, 600, 'it needs no session');
  }
});

test('introspection says the same, as a time', async (t) => {
  const server = await start(t, { session_lifetime_in_minutes: 50, idle_session_lifetime_in_minutes: 20 });
  for (const [who, wanted] of [[bound, 1200], [idle, 600], [endless, undefined]]) {
    const { browser, tokens } = await signedIn(server, who);
    const form = { token: tokens.refresh_token, client_id: who.client_id, client_secret: who.client_secret };
    const { active, exp } = (await browser.send('/oauth/introspect', { jar: undefined, form })).response.json;
    assert.equal(active, true);
    if (wanted === undefined) assert.equal(exp, undefined);
    else isAbout(exp - Math.floor(Date.now() / 1000), wanted, who.client_id);
  }
});

test('a tenant that does not ask for it is not told', async (t) => {
  const { browser, tokens } = await signedIn(await start(t, { refresh_expires_in: undefined }), idle);
  assert.ok(!('refresh_expires_in' in tokens));
  assert.ok(!('refresh_expires_in' in await renewed(browser, tokens)));
});
