// SPDX-License-Identifier: Apache-2.0
// The pages a person meets, through the real forms: sign-in, account choice, consent, log-out.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, claims, spa } from '../support/browser.mjs';
import { byId } from '../support/html.mjs';
import { altered } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const [ana, ben] = users;
const callback = spa.callbacks[0];
const guest = {
  ...spa,
  name: 'Guest <b>&</b> Co',
  client_id: 'guest',
  is_first_party: false,
  callbacks: ['http://guest.localhost:9/cb'],
  web_origins: ['http://guest.localhost:9'],
  logo_uri: 'https://guest.example/logo.png',
};
const cal = { email: 'cal@example.com', password: 'correct horse cal', user_id: 'auth0|cal', blocked: true };

const start = (tenant, changes) => serve({
  tenant: defaultTenant({ tenant, clients: [spa, guest], users: [...users, cal], ...changes }),
});
const page = async (browser, params) => browser.follow(await browser.authorize(params));
const typed = ({ email, password }) => ({ username: email, password });
const press = (browser, at, fields = {}, action = 'login') => browser.press(at, fields, { action });
const subject = async (browser, answer) => claims((await browser.redeem(answer)).id_token).sub;
const isCode = (answer, uri = callback) => answer.redirectsTo(uri, { code: /./, state: 'xyz' });

test('sign-in', async (t) => {
  const server = await start({ friendly_name: 'Tests & Co' });

  await t.test('the page has the ids and names of the contract, and works without scripts', async () => {
    const at = await page(new Browser(server), { login_hint: 'x"><script>' });
    at.isPage(200).isNeverCached();
    const [form] = at.forms;
    assert.equal(form.method, 'POST');
    assert.deepEqual(form.controls.filter((c) => c.id).map((c) => [c.id, c.name, c.autocomplete]),
      [['username', 'username', 'username'], ['password', 'password', 'current-password']]);
    assert.deepEqual(form.buttons.map((b) => [b.name, b.value]), [['action', 'login']]);
    assert.equal(byId(at.text, 'username').attributes.value, 'x"><script>');
    assert.doesNotMatch(at.text, /<script|javascript:| on[a-z]+=/i);
    assert.match(at.text, /Tests &amp; Co/);
    assert.deepEqual(at.directive('default-src'), ["'none'"]);
    assert.deepEqual(at.directive('script-src'), []);
    assert.deepEqual(at.directive('base-uri'), ["'none'"]);
    assert.deepEqual(at.directive('form-action'), ["'self'", 'http:']);
  });

  await t.test('its style sheet is ours and may be kept for ever', async () => {
    const browser = new Browser(server);
    const [, href] = /<link rel="stylesheet" href="([^"]*)"/.exec((await page(browser)).text);
    const style = await browser.send(href);
    assert.equal(style.status, 200);
    assert.equal(style.header('content-type'), 'text/css; charset=utf-8');
    assert.match(style.header('cache-control'), /max-age=31536000, immutable/);
  });

  await t.test('a right password leads to the app, with a cookie as promised', async () => {
    const browser = new Browser(server);
    const answer = await press(browser, await page(browser), typed(ana));
    isCode(answer);
    const { attributes } = browser.sessionCookie;
    assert.deepEqual(Object.keys(attributes).sort(), ['httponly', 'max-age', 'path', 'samesite', 'secure']);
    assert.equal(attributes.samesite.toLowerCase(), 'none');
    assert.equal(attributes['max-age'], String(168 * 3600));
  });

  await t.test('a wrong password and nobody are answered alike; then it works', async () => {
    const browser = new Browser(server);
    const at = await page(browser);
    const wrong = await press(browser, at, { username: ben.email, password: 'wrong' });
    const nobody = await press(browser, at, { username: 'nobody@example.com', password: 'wrong' });
    assert.equal(wrong.status, 400);
    assert.equal(wrong.text.replaceAll(ben.email, '-'), nobody.text.replaceAll('nobody@example.com', '-'));
    assert.equal(byId(wrong.text, 'trouble').attributes.role, 'alert');
    assert.equal(browser.sessionCookie, undefined);
    isCode(await press(browser, wrong, { password: ben.password }));
  });

  await t.test('a blocked user hears it only after the right password', async () => {
    const browser = new Browser(server);
    const wrong = await press(browser, await page(browser), { ...typed(cal), password: 'wrong' });
    assert.doesNotMatch(wrong.text, /blocked/);
    const right = await press(browser, wrong, { password: cal.password });
    assert.equal(right.status, 403);
    assert.match(right.text, /blocked/);
    assert.equal(browser.sessionCookie, undefined);
  });

  await t.test('prompt=login asks again, keeps the session and changes its secret', async () => {
    const browser = new Browser(server);
    const first = claims((await browser.redeem(await browser.signIn('ana'))).id_token);
    const secret = browser.sessionCookie.value;
    const again = await press(browser, await page(browser, { prompt: 'login' }), typed(ana));
    assert.equal(claims((await browser.redeem(again)).id_token).sid, first.sid);
    assert.notEqual(browser.sessionCookie.value, secret);
    isCode(await browser.authorize({ prompt: 'none' }));
  });

  await t.test('a form from another site does nothing', async () => {
    const browser = new Browser(server);
    const at = await page(browser);
    const [form] = at.forms;
    const fields = [...form.fields, ['username', ana.email], ['password', ana.password], ['action', 'login']];
    const target = new URL(form.action, at.response.url).href;
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }, { Origin: 'null' }]) {
      (await browser.send(target, { form: fields, method: 'POST', headers })).isPage(400);
    }
    assert.equal(browser.sessionCookie, undefined);
    (await new Browser(server).send(target, { form: fields, method: 'POST' })).isPage(400);
    const forged = fields.map(([name, value]) => [name, name === 'flow' ? altered(value) : value]);
    const stale = await browser.send(target, { form: forged, method: 'POST' });
    assert.match(stale.isPage(400).text, /href="\/u\/login\?state=/, 'nothing is lost: it leads back');
  });

  await t.test('a page that is over says so', async () => {
    const browser = new Browser(server);
    const at = await page(browser);
    await press(browser, at, typed(ana));
    const late = await browser.send(at.response.url.href);
    assert.match(late.isPage(400).text, /out of date/);
    assert.match(late.text, /\/why\/interaction_expired\?id=/);
    (await browser.send('/u/login')).isPage(400);
  });

  await t.test('the language follows ui_locales, the browser, and the links on the page', async () => {
    const browser = new Browser(server);
    assert.match((await page(browser, { ui_locales: 'fr es' })).text, /<html lang="es">/);
    const at = await page(browser);
    const accepted = await browser.send(at.response.url.href, { headers: { 'Accept-Language': 'pt;q=0.9,en;q=0.1' } });
    assert.match(accepted.text, /<html lang="pt-BR">/);
    const [, link] = /<a href="([^"]*)" lang="es"/.exec(at.text);
    const spanish = await browser.send(new URL(link.replaceAll('&amp;', '&'), at.response.url).href);
    assert.match(spanish.text, /<html lang="es">/);
    assert.match((await press(browser, spanish, { username: 'x', password: 'y' })).text, /no son correctos/);
  });
});

test('too many failures make one wait, and nobody else', async () => {
  const server = await start({}, { attackProtection: { bruteForceProtection: { max_attempts: 3 } } });
  const browser = new Browser(server);
  let at = await page(browser);
  for (let i = 0; i < 3; i++) {
    at = await press(browser, at, { username: ana.email, password: 'wrong' });
    assert.equal(at.status, 400);
  }
  at = await press(browser, at, typed(ana));
  assert.equal(at.status, 429);
  const wait = Number(at.header('retry-after'));
  assert.ok(wait > 880 && wait <= 900, `Retry-After: ${wait}`);
  isCode(await press(browser, at, typed(ben)));
  await server.restart();
  assert.equal((await new Browser(server).signIn('ana')).status, 429, 'the store keeps count');
  await server.restart({ env: { TACIT_CLOCK_OFFSET: '905' } });
  isCode(await new Browser(server).signIn('ana'));
});

test('ten sign-ins of one account at once all pass', async () => {
  const server = await start({}, { attackProtection: { bruteForceProtection: { max_attempts: 2 } } });
  const answers = await Promise.all(Array.from({ length: 10 }, () => new Browser(server).signIn('ana')));
  for (const answer of answers) isCode(answer);
});

test('remember me', async (t) => {
  const server = await start({ remember_me: true });

  await t.test('unticked, the cookie ends with the browser', async () => {
    const browser = new Browser(server);
    isCode(await press(browser, await page(browser), typed(ana)));
    assert.equal(browser.sessionCookie.attributes['max-age'], undefined);
  });
  await t.test('ticked, it stays', async () => {
    const browser = new Browser(server);
    isCode(await press(browser, await page(browser), { ...typed(ana), remember: '1' }));
    assert.equal(browser.sessionCookie.attributes['max-age'], String(168 * 3600));
    isCode(await press(browser, await page(browser, { prompt: 'login' }), typed(ana)));
    assert.equal(browser.sessionCookie.attributes['max-age'], String(168 * 3600), 'signing in again takes nothing back');
  });
});

test('identifier first: two pages with the same names', async () => {
  const server = await start({}, { prompts: { identifier_first: true } });
  const browser = new Browser(server);
  const first = await page(browser);
  assert.equal(byId(first.text, 'password'), null);
  const second = await press(browser, first, { username: ana.email });
  assert.equal(byId(second.text, 'username').attributes.value, ana.email);
  const wrong = await press(browser, second, { password: 'wrong' });
  assert.equal(wrong.status, 400);
  isCode(await press(browser, wrong, { password: ana.password }));
});

test('account choice', async (t) => {
  const server = await start();
  const browser = new Browser(server);
  const subs = {
    ana: await subject(browser, await browser.signIn('ana')),
    ben: await subject(browser, await press(browser, await page(browser, { prompt: 'login' }), typed(ben))),
  };
  const choose = () => page(browser, { prompt: 'select_account' });

  await t.test('both are offered, with their addresses', async () => {
    const { buttons } = (await choose()).forms[0];
    assert.deepEqual(buttons.map((b) => [b.name, b.value]).sort(),
      [['account', 'other'], ['account', subs.ana], ['account', subs.ben]].sort());
    assert.match(buttons.find((b) => b.value === subs.ana).text, /ana@example\.com/);
  });
  for (const who of ['ana', 'ben']) {
    await t.test(`${who} is chosen, and is then who this client means`, async () => {
      const answer = await browser.press(await choose(), {}, { account: subs[who] });
      assert.equal(await subject(browser, answer), subs[who]);
      assert.equal(await subject(browser, await browser.authorize({ prompt: 'none' })), subs[who]);
    });
  }
  await t.test('another one signs in', async () => {
    const at = await browser.press(await choose(), {}, { account: 'other' });
    isCode(await press(browser, at, typed(ana)));
  });
});

test('consent', async (t) => {
  const server = await start();
  const asking = async () => {
    const browser = new Browser(server, { client: guest });
    const at = await browser.signIn('ana', { scope: 'openid email' });
    return { browser, at };
  };

  await t.test('denied: the app hears it, and is asked again next time', async () => {
    const { browser, at } = await asking();
    assert.deepEqual(at.forms[0].buttons.map((b) => b.value), ['accept', 'deny']);
    assert.match(at.text, /Guest &lt;b&gt;&amp;&lt;\/b&gt; Co/);
    assert.match(at.text, /<img src="https:\/\/guest\.example\/logo\.png"/);
    const answer = await press(browser, at, {}, 'deny');
    assert.equal(answer.params.error, 'access_denied');
    answer.because('user_denied');
    assert.equal((await browser.authorize({ prompt: 'none', scope: 'openid email' })).params.error, 'consent_required');
  });
  await t.test('accepted: and silently from then on, but not for more', async () => {
    const { browser, at } = await asking();
    isCode(await press(browser, at, {}, 'accept'), guest.callbacks[0]);
    isCode(await browser.authorize({ prompt: 'none', scope: 'openid email' }), guest.callbacks[0]);
    const more = await browser.authorize({ prompt: 'none', scope: 'openid email phone' });
    assert.equal(more.params.error, 'consent_required');
  });
});

test('log-out asks, and then nobody is signed in', async () => {
  const server = await start();
  const browser = new Browser(server);
  await browser.signIn('ana');
  const at = await browser.send('/u/logout');
  assert.match(at.isPage(200).text, /ana@example\.com/);
  isCode(await browser.authorize({ prompt: 'none' }));
  const out = await press(browser, at, {}, 'logout');
  assert.match(out.isPage(200).text, /You are signed out/);
  assert.equal((await browser.authorize({ prompt: 'none' })).params.error, 'login_required');
});
