// SPDX-License-Identifier: Apache-2.0
// Every page a person meets, looked at by axe-core in real Chromium: on a phone and on a desktop,
// in light and in dark. TACIT_SHOTS=DIR keeps a picture of each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { byId } from '../support/html.mjs';
import { mailSink } from '../support/mail.mjs';
import { launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const [ana, ben] = users;
const sizes = { phone: { width: 390, height: 844, isMobile: true, hasTouch: true }, desktop: { width: 1280, height: 900 } };
const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false };

const television = { ...spa, name: 'Television', client_id: 'tv', app_type: 'native', grant_types: ['urn:ietf:params:oauth:grant-type:device_code'] };

const mail = mailSink();
const server = await serve({ tenant: defaultTenant({ tenant: { support_email: 'help@example.com' }, clients: [spa, guest, television], databases: [{ name: 'db' }] }), args: mail.args });
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
  await t.test('error, of a request', async () => { await go(authorize({ client_id: 'nobody', ui_locales: 'es' })); await look('error-request'); });
  await t.test('error, of a log-out', async () => { await go('/oidc/logout?post_logout_redirect_uri=https://evil.example/&ui_locales=pt-BR'); await look('error-logout'); });
  await t.test('why', async () => { await go('/why/no_session'); await look('why'); });
});

test('pages of the second factor', async (t) => {
  const key = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const cleo = { email: 'cleo@example.com', password: 'correct horse cleo', authentication_methods: [{ type: 'totp', totp_secret: key }] };
  const unconfirmed = { ...ben, email_verified: false };
  const factors = await serve({ tenant: defaultTenant({ users: [ana, unconfirmed, cleo],
    guardianPolicies: { policies: ['all-applications'] }, guardianFactors: [{ name: 'email', enabled: true }] }), args: mail.args });
  const begin = async (user) => {
    await go(`${factors.origin}/v2/logout`);
    await go(`${factors.origin}/authorize?${new URLSearchParams(new Browser(factors).parameters({ redirect_uri: spa.callbacks[0] }))}`);
    await signInOn(page, user);
  };
  const link = (part) => press(`a[href*="${part}"]`);

  await t.test('an app is enrolled', async () => { await begin(unconfirmed); await look('enroll'); });
  await t.test('an app, with a mistake', async () => {
    await page.type('#code', '000000');
    await press('button[value=verify]');
    await look('enroll-wrong');
  });
  await t.test('a key is enrolled', async () => { await link('method=webauthn'); await look('enroll-key'); });
  await t.test('a code by e-mail', async () => { await begin(ana); await look('mfa-email'); });
  await t.test('a code by e-mail, with a mistake', async () => {
    await page.type('#code', '00000x');
    await press('button[value=verify]');
    await look('mfa-email-wrong');
  });
  await t.test('a code of the app', async () => { await begin(cleo); await look('mfa'); });
  await t.test('a code of the app, with a mistake', async () => {
    await page.type('#code', '000000');
    await press('button[value=verify]');
    await look('mfa-wrong');
  });
  await t.test('their own page of factors', async () => {
    await awaitFreshStep();
    await go(`${factors.origin}/u/mfa/manage`);
    await page.type('#code', totp(key, -1));
    await press('button[value=verify]');
    await look('factors');
  });
  await t.test('an app is added', async () => { await link('add=otp'); await look('factor-add'); });
  await t.test('an app is added, with a mistake', async () => {
    await page.type('#code', '000000');
    await press('button[value=verify]');
    await look('factor-add-wrong');
  });
  await t.test('new recovery codes', async () => {
    await page.type('#code', totp(byId(await page.content(), 'secret').text));
    await page.type('#name', 'The telephone with the very long name of mine');
    await press('button[value=verify]');
    await go(`${factors.origin}/u/mfa/manage`);
    await press('button[value=codes]');
    assert.equal((await page.$$('.codes li')).length, 10);
    await look('codes');
  });
  await t.test('a recovery code', async () => {
    await begin(cleo);
    await link('method=recovery-code');
    await look('mfa-recovery');
  });
  await t.test('several factors and a browser that does not ask', async () => {
    await link('method=otp');
    await page.click('#remember-browser');
    await page.type('#code', totp(key, 1));
    await Promise.all([page.waitForNavigation({ waitUntil: [] }).catch(() => {}), page.click('button[value=verify]')]);
    await go(`${factors.origin}/u/mfa/manage`);
    assert.equal((await page.$$('button[name=forget]')).length, 1);
    await look('factors-several');
    await page.click('summary');
    assert.deepEqual(await findings(), [], 'open');
    if (process.env.TACIT_SHOTS) await page.screenshot({ path: join(process.env.TACIT_SHOTS, 'factors-open.png'), fullPage: true });
  });
  await t.test('a key is added', async () => { await link('add=webauthn'); await look('factor-add-key'); });
  await t.test('the last one stays', async () => {
    await go(`${factors.origin}/u/mfa/manage`);
    await press('button[name=remove]');
    await press('button[name=remove]');
    await look('factors-last');
  });
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
