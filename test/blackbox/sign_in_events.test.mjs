// SPDX-License-Identifier: Apache-2.0
// How often people signed in can be counted: that is one event, and a session that goes on another.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const third = { ...spa, name: 'Third', client_id: 'third', is_first_party: false };
const server = await serve({ tenant: defaultTenant({ clients: [spa, third] }) });
const aSecond = () => new Promise((go) => { setTimeout(go, 1100); });

/** The events s of a browser's own session, oldest first: [client, description]. */
async function told(sid) {
  await aSecond();
  const all = JSON.parse((await server.command('log', '--type', 's', '--json')).stdout);
  return all.reverse().filter((event) => event.sid === sid).map((event) => [event.client_id, event.description]);
}

const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
const sidOf = async (browser, answer) => claimsOf((await browser.redeem(answer)).id_token).sid;

test('a sign-in is one event, and each later answer of the session is told apart', async () => {
  const browser = new Browser(server);
  const sid = await sidOf(browser, await browser.signIn('ana'));
  await browser.authorize({});
  await browser.silently();
  assert.deepEqual(await told(sid), [['shop', 'Signed in'], ['shop', 'Session continued']]);
});

test('whoever only agrees has not signed in; whoever types the password again has', async () => {
  const browser = new Browser(server);
  const sid = await sidOf(browser, await browser.signIn('ben'));
  const other = new Browser(server, { client: third, jar: browser.jar });
  const consent = await other.follow(await other.authorize({ scope: 'openid email' }));
  (await other.press(consent, {}, { action: 'accept' })).redirectsTo(third.callbacks[0], { code: /./, state: 'xyz' });
  const again = await browser.follow(await browser.authorize({ prompt: 'login' }));
  await browser.fillIn(again, browser.user('ben'));
  assert.deepEqual(await told(sid), [['shop', 'Signed in'], ['third', 'Session continued'], ['shop', 'Signed in']]);
});
