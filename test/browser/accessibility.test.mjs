// SPDX-License-Identifier: Apache-2.0
// Every page a person meets, looked at by axe-core in real Chromium: on a phone and on a desktop,
// in light and in dark. TACIT_SHOTS=DIR keeps a picture of each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { mailSink } from '../support/mail.mjs';
import { launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const [ana, ben] = users;
const sizes = { phone: { width: 390, height: 844, isMobile: true, hasTouch: true }, desktop: { width: 1280, height: 900 } };
const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false };

const television = { ...spa, name: 'Television', client_id: 'tv', app_type: 'native', grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] };

const mail = mailSink();
const server = await serve({ tenant: defaultTenant({ clients: [spa, guest, television], databases: [{ name: 'db' }] }), args: mail.args });
const browser = await launch('chromium');
const page = await browser.page();
await page.setBypassCSP(true); // axe-core is a script, and our pages allow none

/** Where the device sends people. */
async function deviceUri({ client_id }) {
  const answer = await new Browser(server).send('/oauth/device/code', { form: { client_id, scope: 'openid email' } });
  return answer.response.json.verification_uri_complete;
}

/** The request of an application, as an address. */
function authorize(changes, client = spa) {
  const params = { ...new Browser(server, { client }).parameters(), ...changes };
  return `${server.origin}/authorize?${new URLSearchParams(params)}`;
}

/** axe-core's findings, in one line each. */
async function findings() {
  await page.evaluate(axe);
  const { violations } = await page.evaluate('axe.run()');
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ').slice(0, 300)}`);
}

async function look(name) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const scheme of ['light', 'dark']) {
      await page.setViewport(viewport);
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
      if (process.env.TACIT_SHOTS) await page.screenshot({ path: join(process.env.TACIT_SHOTS, `${name}-${size}-${scheme}.png`), fullPage: true });
      assert.deepEqual(await findings(), [], `${name}, ${size}, ${scheme}`);
      const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      assert.equal(overflow, 0, `${name}, ${size}: wider than the screen`);
    }
  }
}

const go = (path) => page.goto(path.startsWith('http') ? path : server.origin + path);
const press = (selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);

test('pages of somebody who is not signed in', async (t) => {
  await t.test('login', async () => { await go(authorize()); await look('login'); });
  await t.test('login, with a mistake', async () => {
    await signInOn(page, { email: ana.email, password: 'wrong' });
    await look('login-wrong');
  });
  await t.test('signup', async () => { await go(authorize({ screen_hint: 'signup' })); await look('signup'); });
  await t.test('signup, with mistakes', async () => {
    await page.type('#email', 'x@example.com');
    await page.type('#password', 'short');
    await press('button[value=signup]');
    await look('signup-wrong');
  });
  await t.test('reset', async () => { await go('/u/reset'); await look('reset'); });
  await t.test('reset, sent', async () => {
    await page.type('#username', ben.email);
    await press('button[value=reset]');
    await look('reset-sent');
  });
  await t.test('a new password', async () => { await go((await mail.next(ben.email)).links[0]); await look('new-password'); });
  await t.test('a link that is over', async () => { await go('/u/reset?ticket=x'); await look('ticket-gone'); });
  await t.test('activate', async () => { await go('/activate'); await look('activate'); });
  await t.test('activate, a wrong code', async () => { await go('/activate?user_code=BBBB-BBBB'); await look('activate-wrong'); });
  await t.test('error', async () => { await go('/u/login?state=none'); await look('error'); });
  await t.test('why', async () => { await go('/why/no_session'); await look('why'); });
});

test('pages of somebody who is signed in', async (t) => {
  await go('/u/account');
  await signInOn(page, ana);
  await t.test('their own page', async () => { await look('user'); });
  await t.test('password', async () => { await go('/u/password'); await look('password'); });
  await t.test('delete', async () => { await go('/u/account/delete'); await look('delete'); });
  await t.test('consent', async () => { await go(authorize({ scope: 'openid profile email offline_access' }, guest)); await look('consent'); });
  await t.test('a device', async () => { await go(await deviceUri(television)); await look('device'); });
  await t.test('a device, connected', async () => { await press('button[value=accept]'); await look('device-done'); });
  await t.test('a device, turned away', async () => {
    await go(await deviceUri(television));
    await press('button[value=deny]');
    await look('device-denied');
  });
  await t.test('account choice', async () => { await go(authorize({ prompt: 'select_account' })); await look('account'); });
  await t.test('logout', async () => { await go('/u/logout'); await look('logout'); });
  await t.test('signed out', async () => { await press('button[value=logout]'); await look('signed-out'); });
});
