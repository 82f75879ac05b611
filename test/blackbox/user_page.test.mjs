// SPDX-License-Identifier: Apache-2.0
// A person's own page, /u/account without a state: devices, applications, password, data, the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { mailSink } from '../support/mail.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const [ana, ben] = users;
const callback = spa.callbacks[0];
const isCode = (answer) => answer.redirectsTo(callback, { code: /./, state: 'xyz' });
const silent = async (browser) => (await browser.authorize({ prompt: 'none' })).params.error ?? 'ok';
const own = async (browser, path = '/u/account') => browser.follow(await browser.send(path));
const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false, callbacks: ['http://guest.localhost:9/cb'], web_origins: ['http://guest.localhost:9'] };

const mail = mailSink();
const start = (changes = {}, options = {}) => serve({ tenant: defaultTenant({ clients: [spa, guest], ...changes }), args: mail.args, ...options });
const signedIn = async (server, user = ana, params = {}) => {
  const browser = new Browser(server);
  isCode(await browser.signIn(user, params));
  return browser;
};

test('without a session it signs in first, and comes back', async () => {
  const server = await start();
  const browser = new Browser(server);
  const login = await own(browser, '/u/account?ui_locales=es');
  assert.equal(login.isPage(200).response.url.pathname, '/u/login');
  assert.match(login.text, /<html lang="es">/);
  const wrong = await browser.press(login, { username: ana.email, password: 'wrong' }, { action: 'login' });
  assert.equal(wrong.status, 400);
  const page = await browser.press(wrong, { username: ana.email, password: ana.password }, { action: 'login' });
  assert.equal(page.isPage(200).isNeverCached().response.url.pathname, '/u/account');
  assert.match(page.text, /ana@example\.com/);
  assert.doesNotMatch(page.text, /<script/);
  assert.equal(await silent(browser), 'ok', 'it is the session that applications use');
  const resumed = await browser.send(`/authorize/resume${login.response.url.search}`);
  assert.ok(resumed.status >= 400 && resumed.status < 500, `${resumed.status}: it is no authorization request`);
});

test('devices', async (t) => {
  const server = await start();
  const browser = await signedIn(server);
  const others = [await signedIn(server), await signedIn(server)];
  const bens = await signedIn(server, ben);

  await t.test('each is listed, and this one is marked', async () => {
    const page = await own(browser);
    assert.equal(page.forms.flatMap((form) => form.buttons).filter((b) => b.name === 'end').length, 3);
    assert.equal(page.text.match(/this device/g).length, 1);
  });
  await t.test('one is ended', async () => {
    const page = await own(browser);
    const mine = new URL(page.response.url).searchParams.get('sid') ?? /<li>(?:(?!<li>)[\s\S])*this device[\s\S]*?value="([^"]+)"/.exec(page.text)[1];
    const sid = page.forms.flatMap((form) => form.buttons).find((b) => b.name === 'end' && b.value !== mine).value;
    const after = await browser.press(page, {}, { end: sid });
    assert.match(after.isPage(200).text, /Done/);
    assert.equal((await Promise.all(others.map(silent))).filter((word) => word === 'login_required').length, 1);
  });
  await t.test('nobody ends the session of somebody else', async () => {
    const page = await own(browser);
    const [{ sid, id }] = JSON.parse((await server.command('session', 'list', '--user', ben.email, '--json')).stdout);
    const form = page.forms.find((f) => f.buttons.some((b) => b.name === 'end'));
    await browser.send(page.response.url.href, { method: 'POST', form: [...form.fields, ['end', sid ?? id]] });
    assert.equal(await silent(bens), 'ok');
  });
  await t.test('all others are ended', async () => {
    await browser.press(await own(browser), {}, { action: 'end_others' });
    assert.deepEqual(await Promise.all(others.map(silent)), ['login_required', 'login_required']);
    assert.equal(await silent(browser), 'ok');
    assert.equal(await silent(bens), 'ok');
  });
  await t.test('a form of another site, of another person or of before does nothing', async () => {
    const page = await own(browser);
    const [form] = page.forms;
    const send = (from, options) => from.send('/u/account', { method: 'POST', form: [...form.fields, ['action', 'end_others']], ...options });
    (await send(browser, { headers: { Origin: 'https://evil.example' } })).isPage(400);
    (await send(browser, { headers: { 'Sec-Fetch-Site': 'cross-site' } })).isPage(400);
    (await send(bens)).isPage(400);
    (await browser.send('/u/account', { method: 'POST', form: { action: 'end_others' } })).isPage(400);
  });
});

test('applications with access', async () => {
  const server = await start();
  const browser = new Browser(server, { client: guest });
  const consent = await browser.signIn(ana, { scope: 'openid email offline_access' });
  const tokens = await browser.redeem(await browser.press(consent, {}, { action: 'accept' }));
  const page = await own(browser);
  assert.match(page.text, /Guest/);
  const after = await browser.press(page, {}, { revoke: 'guest' });
  assert.doesNotMatch(after.isPage(200).text, /Guest/);
  const refreshed = await browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
  assert.equal(refreshed.response.json.error, 'invalid_grant');
  assert.equal((await browser.authorize({ prompt: 'none', scope: 'openid email' })).params.error, 'consent_required');
});

test('a new password', async (t) => {
  const server = await start();
  const browser = await signedIn(server);
  const other = await signedIn(server, ana, { scope: 'openid offline_access' });

  await t.test('is judged', async () => {
    const page = await own(browser, '/u/password');
    assert.match((await browser.press(page, { password: ana.email }, { action: 'password' })).isPage(400).text, /must not be/);
    assert.equal(await silent(other), 'ok');
  });
  await t.test('ends every other session, and stays in this one', async () => {
    const page = await own(browser, '/u/password');
    const after = await browser.press(page, { password: 'quite another one' }, { action: 'password' });
    assert.equal(after.isPage(200).response.url.pathname, '/u/account');
    assert.deepEqual([await silent(browser), await silent(other)], ['ok', 'login_required']);
    isCode(await new Browser(server).signIn({ email: ana.email, password: 'quite another one' }));
    assert.equal((await mail.next(ana.email)).subject, 'Your password was changed');
  });
});

test('a new password stays when the server starts again with the file that has the one before', async () => {
  const server = await start();
  const browser = await signedIn(server);
  await browser.press(await own(browser, '/u/password'), { password: 'quite another one' }, { action: 'password' });
  await mail.next(ana.email);
  await server.restart();
  assert.equal(await silent(browser), 'ok');
  assert.equal((await new Browser(server).signIn(ana)).status, 400, 'the one before is over');
  isCode(await new Browser(server).signIn({ email: ana.email, password: 'quite another one' }));
  assert.match(server.stderr, /the password of ana@example\.com was changed meanwhile and stays/);
});

test('what is old asks for the password again', async (t) => {
  const server = await start();
  const browser = await signedIn(server);
  for (const [offset, path] of [[895, '/u/account'], [905, '/u/login']]) {
    await t.test(`after ${offset} s`, async () => {
      await server.restart({ env: { TACIT_CLOCK_OFFSET: String(offset) } });
      for (const page of ['/u/password', '/u/account/delete']) {
        const at = await own(browser, page);
        assert.equal(at.isPage(200).response.url.pathname, path === '/u/login' ? path : page);
      }
      assert.equal((await own(browser)).response.url.pathname, '/u/account', 'looking needs no password');
    });
  }
  await t.test('and only from the same person', async () => {
    const at = await own(browser, '/u/password');
    assert.equal((await browser.press(at, { username: ben.email, password: ben.password }, { action: 'login' })).status, 403);
    const after = await browser.press(at, { username: ana.email, password: ana.password }, { action: 'login' });
    assert.equal(after.isPage(200).response.url.pathname, '/u/password');
  });
});

test('the data of a person, without secrets', async () => {
  const server = await start();
  const browser = await signedIn(server);
  const answer = await browser.send('/u/account/export');
  assert.equal(answer.status, 200);
  assert.match(answer.header('content-disposition'), /attachment/);
  const data = JSON.parse(answer.text);
  assert.deepEqual(Object.keys(data), ['user', 'sessions', 'grants', 'refresh_tokens', 'authentication_methods', 'remembered_browsers', 'log']);
  assert.deepEqual([data.user.email, data.user.has_password, data.sessions.length], [ana.email, true, 1]);
  assert.deepEqual(data.sessions[0].clients, ['shop']);
  assert.doesNotMatch(answer.text, /argon2|password_hash|\$2[aby]\$/);
});

test('the end of an account', async () => {
  const server = await start();
  const browser = await signedIn(server);
  const other = await signedIn(server);
  const page = await own(browser, '/u/account/delete');
  const wrong = await browser.press(page, { confirm: ben.email }, { action: 'delete' });
  assert.match(wrong.isPage(400).text, /Nothing was deleted/);
  assert.equal(await silent(browser), 'ok');
  const gone = await browser.press(wrong, { confirm: ana.email.toUpperCase() }, { action: 'delete' });
  assert.match(gone.isPage(200).text, /deleted/);
  assert.deepEqual([await silent(browser), await silent(other)], ['login_required', 'login_required']);
  assert.equal((await server.command('user', 'show', ana.email)).code, 1);
  assert.equal((await new Browser(server).signIn(ana)).status, 400);
});

test('an address is confirmed from there', async () => {
  const server = await start({ users: [{ ...ana, email_verified: false }] });
  const browser = await signedIn(server);
  await browser.press(await own(browser), {}, { action: 'verify' });
  const message = await mail.next(ana.email);
  assert.match(message.links[0], /\/u\/verify\?ticket=/);
  const elsewhere = new Browser(server);
  await elsewhere.press(await elsewhere.send(message.links[0]), {}, { action: 'verify' });
  assert.doesNotMatch((await own(browser)).text, /not confirmed/);
});

test('a second factor guards it too', async () => {
  const server = await start({ users: [{ ...ana, authentication_methods: [{ type: 'totp', totp_secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' }] }] });
  const browser = await signedIn(server);
  for (const path of ['/u/account', '/u/password', '/u/account/delete', '/u/account/export']) {
    assert.equal((await own(browser, path)).response.url.pathname, '/u/mfa', path);
  }
});

test('two accounts of one browser each have a page', async () => {
  const server = await start();
  const browser = await signedIn(server);
  const again = await browser.follow(await browser.authorize({ prompt: 'login' }));
  await browser.press(again, { username: ben.email, password: ben.password }, { action: 'login' });
  const page = await own(browser);
  const [, other] = /<a href="(\/u\/account\?sid=[^"]*)">/.exec(page.text);
  const shown = (at) => /<header>[\s\S]*?<\/header>/.exec(at.text)[0];
  assert.notEqual(shown(page), shown(await own(browser, other)));
});

