// SPDX-License-Identifier: Apache-2.0
// Passkeys and security keys in real Chromium with its virtual authenticator, on our own pages:
// enrolled, as second factor, and as the only one. Firefox has no such authenticator.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { claims } from '../support/browser.mjs';
import { page as html, serveApps } from '../support/app.mjs';
import { launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, spa, users } from '../support/tenant.mjs';

const apps = await serveApps({ '/callback': html('<h1 id="back">callback</h1>') });
const callback = `${apps.origin()}/callback`;
const server = await serve({
  host: 'op.localhost',
  tenant: defaultTenant({
    clients: [{ ...spa, callbacks: [callback], web_origins: [apps.origin()] }],
    guardianPolicies: { policies: ['all-applications'] },
  }),
});

/** A browser with an authenticator that is touched, and unlocked, at once. */
async function withKey(options = {}) {
  const browser = await launch('chromium');
  const page = await browser.page();
  const session = await page.createCDPSession();
  await session.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
    isUserVerified: true, automaticPresenceSimulation: true, ...options } });
  const present = (enabled) => session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  const keys = async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials;
  return { browser, page, present, keys };
}

const start = (page, more = {}) => page.goto(`${server.origin}/authorize?${new URLSearchParams({
  client_id: 'shop', redirect_uri: callback, response_type: 'id_token', scope: 'openid', nonce: 'n', state: 's', ...more })}`);

/** The claims of the id_token with which the page has come back to the app. */
async function signedIn(page) {
  await page.waitForSelector('#back');
  const { id_token: token, error } = Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.slice(1)));
  assert.ok(token, `no id_token but ${error} at ${page.url()}`);
  return claims(token);
}

const press = (page, selector) => Promise.all([page.waitForNavigation(), page.click(selector)]);

async function signOut(page) {
  await page.goto(`${server.origin}/v2/logout`);
}

test('a passkey: enrolled, as second factor, and as the only one', async (t) => {
  const { page, present, keys } = await withKey();

  await t.test('is enrolled instead of an app', async () => {
    await start(page);
    await signInOn(page, users[0]);
    await press(page, 'a[href*="method=webauthn"]');
    assert.equal((await page.$$('.codes li')).length, 10);
    await press(page, 'button[data-start]');
    const got = await signedIn(page);
    assert.deepEqual(got.amr, ['pwd', 'mfa', 'pop']);
    assert.equal((await keys()).length, 1);
  });

  await t.test('is asked for in the next session, and in silence no more', async () => {
    await present(false);
    await signOut(page);
    await start(page);
    await signInOn(page, users[0]);
    assert.match(page.url(), /\/u\/mfa\?/);
    await present(true);
    await press(page, 'button[data-start]');
    assert.deepEqual((await signedIn(page)).amr, ['pwd', 'mfa', 'pop']);
    await start(page, { prompt: 'none' });
    assert.ok((await signedIn(page)).sub);
  });

  await t.test('signs in by itself, offered in the field for the name, and is two factors', async () => {
    await signOut(page);
    await present(true);
    await start(page, { acr_values: 'http://schemas.openid.net/pape/policies/2007/06/multi-factor' });
    const got = await signedIn(page);
    assert.deepEqual(got.amr, ['pop', 'mfa']);
    assert.equal(got.acr, 'http://schemas.openid.net/pape/policies/2007/06/multi-factor');
  });

  await t.test('signs in by its button', async () => {
    await present(false);
    await signOut(page);
    await start(page);
    await page.waitForSelector('form.passkey:not([hidden]) button:not([hidden])');
    assert.equal(await page.$eval('#username', (input) => input.autocomplete), 'username webauthn');
    await present(true);
    await press(page, 'form.passkey button');
    assert.ok((await signedIn(page)).sub);
  });

  await t.test('the password goes on working', async () => {
    await present(false);
    await signOut(page);
    await start(page);
    await signInOn(page, users[0]);
    assert.match(page.url(), /\/u\/mfa\?/);
  });
});

test('a security key that knows nobody is a second factor only', async () => {
  const { page, present } = await withKey({ hasResidentKey: false, hasUserVerification: false, isUserVerified: false, transport: 'usb' });
  await start(page);
  await signInOn(page, users[1]);
  await press(page, 'a[href*="method=webauthn"]');
  await press(page, 'button[data-start]');
  assert.deepEqual((await signedIn(page)).amr, ['pwd', 'mfa', 'pop']);
  await signOut(page);
  await start(page);
  await signInOn(page, users[1]);
  await press(page, 'button[data-start]');
  assert.deepEqual((await signedIn(page)).amr, ['pwd', 'mfa', 'pop']);
  await present(false);
});

test('without scripts the page says what to do, and another way is at hand', async () => {
  const browser = await launch('chromium');
  const page = await browser.page();
  await page.setJavaScriptEnabled(false);
  await start(page);
  await page.type('#username', users[0].email);
  await page.type('#password', users[0].password);
  await press(page, 'button[value=login]');
  assert.match(await page.$eval('main', (main) => main.innerText), /work only with JavaScript on/);
  assert.ok(await page.$('button[data-start][hidden]'), 'no button that does nothing');
  await press(page, 'a[href*="method=recovery-code"]');
  assert.ok(await page.$('#code'));
});
