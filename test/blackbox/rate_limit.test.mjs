// SPDX-License-Identifier: Apache-2.0
// attackProtection.requests_per_minute: off by default; when set, told like any other error.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const origin = spa.web_origins[0];

test('a client that asks more often than its tenant allows', async (t) => {
  const server = await serve({ tenant: defaultTenant({ attackProtection: { requests_per_minute: 20 } }) });
  const browser = new Browser(server);
  const answers = [];
  for (let i = 0; i < 30; i++) answers.push(await browser.silently());
  const limited = answers.filter((answer) => answer.reason === 'too_many_requests');

  await t.test('as many as the minute allows are let through', () => {
    assert.ok(limited.length >= 8 && limited.length <= 12, `${limited.length} of 30 refused`);
    assert.equal(answers[0].params.error, 'login_required');
  });
  await t.test('the frame hears of it, with the time to come again', () => {
    limited[0].postsMessage(origin, refusal('temporarily_unavailable'));
    assert.match(limited[0].header('retry-after'), /^[1-9]\d*$/);
  });
  await t.test('another client is not limited', async () => {
    const office = new Browser(server, { client: webApp });
    assert.equal((await office.authorize({ prompt: 'none' })).reason, 'no_session');
  });
  await t.test('the token endpoint says 429', async () => {
    const reply = await browser.token({ grant_type: 'authorization_code', code: 'x' });
    assert.equal(reply.status, 429);
    assert.equal(reply.response.json.error, 'too_many_requests');
    assert.match(reply.header('retry-after'), /^[1-9]\d*$/);
  });
});

test('a request that becomes a page, or the first of a client, counts once', async (t) => {
  const server = await serve({ test: t, tenant: defaultTenant({ attackProtection: { requests_per_minute: 7 } }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  assert.equal((await browser.silently()).params.error, undefined);
  for (let i = 0; i < 5; i++) assert.match((await new Browser(server).authorize()).location, /\/u\/login\?/);
  (await new Browser(server).authorize()).redirectsTo(spa.callbacks[0], { ...refusal('temporarily_unavailable'), state: 'xyz' });
});

test('--no-limits switches it off', async () => {
  const server = await serve({ tenant: defaultTenant({ attackProtection: { requests_per_minute: 2 } }), args: ['--no-limits'] });
  const browser = new Browser(server);
  for (let i = 0; i < 10; i++) assert.equal((await browser.silently()).params.error, 'login_required');
});
