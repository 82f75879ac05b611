// SPDX-License-Identifier: Apache-2.0
// The second factor: once per session, by policy or because the request demands it; enrolment,
// codes that count once, limits, recovery, remembered browsers, and tabs that race.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { documentedCode, tenantWith } from '../support/actions.mjs';
import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { byId, elements } from '../support/html.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const callback = spa.callbacks[0];
const multiFactor = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const always = { guardianPolicies: { policies: ['all-applications'] } };

function enrolled(name, extra = {}) {
  return { email: `${name}@example.com`, email_verified: true, password: `correct horse ${name}`,
    authentication_methods: [{ type: 'totp', totp_secret: secret }], ...extra };
}

const tenant = (changes = {}) => defaultTenant({
  users: [...defaultTenant().users, ...['cleo', 'dan', 'eli', 'fay', 'gus', 'hal', 'ida'].map((name) => enrolled(name))],
  ...always, ...changes,
});

const verify = (browser, page, code, more = {}) => browser.press(page, { code, ...more }, { action: 'verify' });
const done = { code: /./, state: 'xyz' };
const mfaRequired = refusal('login_required', 'Multifactor authentication required');

test('the policy asks everybody once per session', async (t) => {
  const server = await serve({ tenant: tenant() });
  await awaitFreshStep(20_000);

  await t.test('the first sign-in asks for the factor, silent renewals pass, a new session asks again', async () => {
    const cleo = new Browser(server);
    const asked = await cleo.signIn('cleo');
    asked.isPage(200);
    assert.match(asked.response.url.pathname, /^\/u\/mfa$/);
    (await cleo.silently()).postsMessage(spa.web_origins[0], mfaRequired).because('mfa_required');
    const answer = await verify(cleo, asked, totp(secret, -1));
    answer.redirectsTo(callback, done);
    const first = claims((await cleo.redeem(answer)).id_token);
    assert.deepEqual(first.amr, ['pwd', 'mfa', 'otp']);
    assert.equal(first.acr, undefined, 'nobody asked for it');
    for (let i = 0; i < 2; i++) (await cleo.silently()).postsMessage(spa.web_origins[0], { code: /./, state: 'xyz' });
    const renewed = await cleo.redeem(await cleo.silently({ acr_values: multiFactor }));
    assert.equal(claims(renewed.id_token).acr, multiFactor);

    const elsewhere = new Browser(server);
    const again = await elsewhere.signIn('cleo');
    assert.ok(byId(again.text, 'code'), 'another session is asked again');
  });

  await t.test('a code counts once, in whatever browser', async () => {
    const [one, two] = [new Browser(server), new Browser(server)];
    const code = totp(secret, -1);
    (await verify(one, await one.signIn('dan'), code)).redirectsTo(callback, done);
    const refused = await verify(two, await two.signIn('dan'), code);
    refused.isPage(400);
    assert.match(refused.text, /used already/);
    (await verify(two, refused, totp(secret, 0))).redirectsTo(callback, done);
  });

  await t.test('of two tabs with one code one wins, and the other is signed in by it', async () => {
    const eli = new Browser(server);
    const page = await eli.signIn('eli');
    const other = await eli.follow(await eli.authorize({ state: 'other' }));
    const code = totp(secret, 0);
    const [first, second] = await Promise.all([verify(eli, page, code), verify(eli, other, code)]);
    const good = [first, second].filter((answer) => answer.params.code);
    assert.ok(good.length >= 1);
    for (const answer of [first, second].filter((a) => !a.params.code)) {
      answer.isPage(400);
      (await verify(eli, answer, '000000')).redirectsTo(callback, { code: /./, state: /xyz|other/ });
    }
  });

  await t.test('going back after it ends well, and so does a stale form', async () => {
    const fay = new Browser(server);
    const page = await fay.signIn('fay');
    (await verify(fay, page, totp(secret, 0))).redirectsTo(callback, done);
    const back = await fay.send(page.response.url.href);
    back.isPage(400);
    assert.match(back.text, /out of date/);
    (await verify(fay, page, totp(secret, 1))).isPage(400);
    (await fay.silently()).postsMessage(spa.web_origins[0], done);
  });

  await t.test('wrong codes are limited, for the account, wherever they come from', async () => {
    const gus = new Browser(server);
    let page = await gus.signIn('gus');
    for (let i = 0; i < 10; i++) {
      page = await verify(gus, page, '12345x');
      page.isPage(400);
      assert.match(page.text, /That code is wrong/);
    }
    const limited = await verify(gus, page, totp(secret, 0));
    limited.isPage(429);
    assert.match(limited.header('retry-after'), /^\d+$/);
    const elsewhere = new Browser(server);
    (await verify(elsewhere, await elsewhere.signIn('gus'), totp(secret, 0))).isPage(429);
  });

  await t.test('pressing cancel is an answer', async () => {
    const hal = new Browser(server);
    const page = await hal.signIn('hal');
    (await hal.press(page, {}, { action: 'deny' })).redirectsTo(callback, refusal('access_denied')).because('user_denied');
  });

  await t.test('the page is this browser’s and this step’s', async () => {
    const ida = new Browser(server);
    const page = await ida.signIn('ida');
    const thief = new Browser(server);
    (await thief.send(page.response.url.href)).isPage(400);
    const [form] = page.forms;
    const foreign = await ida.send(page.response.url.href, { form: { ...Object.fromEntries(form.fields), code: totp(secret), action: 'verify' },
      headers: { Origin: 'http://evil.example', 'Sec-Fetch-Site': 'cross-site' } });
    foreign.isPage(400);
    const stale = await ida.send(page.response.url.href, { form: { flow: 'x', code: totp(secret), action: 'verify' },
      headers: { Origin: server.origin } });
    stale.isPage(400);
    (await verify(ida, page, totp(secret))).redirectsTo(callback, done);
  });
});

test('a user without a factor is led through enrolment', async (t) => {
  const server = await serve({ tenant: tenant() });
  await awaitFreshStep(20_000);
  const ana = new Browser(server);
  const page = await ana.signIn('ana');
  const key = byId(page.text, 'secret').text;
  const codes = elements(page.text, 'li').map((li) => li.text).filter((text) => /^[0-9A-Z]{5}-[0-9A-Z]{5}$/.test(text));

  await t.test('the page has the secret, a QR code of it, and ten recovery codes', async () => {
    page.isPage(200);
    assert.match(key, /^[A-Z2-7]{32}$/);
    assert.equal(new Set(codes).size, 10);
    const [svg] = elements(page.text, 'svg');
    assert.match(svg.inner, /<path d="M0 0h7v1h-7z/, 'the finder pattern begins it');
  });
  await t.test('shown again it is the same', async () => {
    const again = await ana.send(page.response.url.href);
    assert.equal(byId(again.text, 'secret').text, key);
  });
  await t.test('a wrong code enrols nothing', async () => {
    const wrong = await verify(ana, page, totp(key, 5));
    wrong.isPage(400);
    assert.equal(byId(wrong.text, 'secret').text, key);
    assert.ok(byId((await new Browser(server).signIn('ana')).text, 'secret'), 'there is still none');
  });
  await t.test('the right one enrols it and is the second factor of this session', async () => {
    const answer = await verify(ana, page, totp(key, -1));
    answer.redirectsTo(callback, done);
    assert.deepEqual(claims((await ana.redeem(answer)).id_token).amr, ['pwd', 'mfa', 'otp']);
  });
  await t.test('from then on it is asked for, and nobody is led to enrol another', async () => {
    const other = new Browser(server);
    const challenge = await other.signIn('ana');
    assert.ok(!byId(challenge.text, 'secret'));
    (await verify(other, challenge, totp(key, 0))).redirectsTo(callback, done);
  });
  await t.test('a recovery code opens once', async () => {
    const [first, second] = [new Browser(server), new Browser(server)];
    const recover = async (browser, code) => {
      const challenge = await browser.signIn('ana');
      const [link] = elements(challenge.text, 'a').filter((a) => /recovery/.test(a.attributes.href ?? ''));
      const form = await browser.send(new URL(link.attributes.href, challenge.response.url).href);
      return verify(browser, form, code);
    };
    const answer = await recover(first, codes[3].toLowerCase().replace('-', ' '));
    answer.redirectsTo(callback, done);
    assert.deepEqual(claims((await first.redeem(answer)).id_token).amr, ['pwd', 'mfa']);
    (await recover(second, codes[3])).isPage(400);
    (await recover(second, codes[4])).redirectsTo(callback, done);
  });
  await t.test('of two browsers with one recovery code one gets in, and wrong ones are limited with the others', async () => {
    const recovery = async (browser) => {
      const challenge = await browser.signIn('ana');
      const [link] = elements(challenge.text, 'a').filter((a) => /recovery/.test(a.attributes.href ?? ''));
      return browser.send(new URL(link.attributes.href, challenge.response.url).href);
    };
    const browsers = [new Browser(server), new Browser(server)];
    const pages = await Promise.all(browsers.map(recovery));
    const answers = await Promise.all(browsers.map((browser, i) => verify(browser, pages[i], codes[5])));
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [302, 400].sort());
    const guessing = new Browser(server);
    let at = await recovery(guessing);
    for (let i = 0; i < 10 && at.status !== 429; i++) at = await verify(guessing, at, 'AAAAA-AAAAA');
    (await verify(guessing, at, codes[6])).isPage(429);
    const elsewhere = new Browser(server);
    (await verify(elsewhere, await elsewhere.signIn('ana'), totp(key, 1))).isPage(429);
  });
  await t.test('two browsers that enrol at once: one factor, and the other is asked for it', async () => {
    const [one, two] = [new Browser(server), new Browser(server)];
    const pages = [await one.signIn('ben'), await two.signIn('ben')];
    const [a, b] = pages.map((p) => byId(p.text, 'secret').text);
    assert.notEqual(a, b);
    (await verify(one, pages[0], totp(a))).redirectsTo(callback, done);
    const late = await verify(two, pages[1], totp(b));
    late.isPage(400);
    const asked = await two.send(pages[1].response.url.href);
    assert.ok(!byId(asked.text, 'secret'));
    (await verify(two, asked, totp(a, 1))).redirectsTo(callback, done);
  });
  await t.test('nothing of it is in the log', async () => {
    assert.ok(!server.stderr.includes(key));
    for (const code of codes) assert.ok(!server.stderr.includes(code));
  });
});

test('a browser that was asked to remember', async (t) => {
  const server = await serve({ tenant: tenant() });
  await awaitFreshStep(20_000);
  const cleo = new Browser(server);
  const page = await cleo.signIn('cleo');
  (await verify(cleo, page, totp(secret, -1), { 'remember-browser': '1' })).redirectsTo(callback, done);
  const cookie = cleo.jar.find(/^__Host-tacit-mf-[0-9a-f]{8}$/);

  await t.test('has a cookie of its own for 30 days', () => {
    assert.ok(cookie);
    assert.equal(cookie.attributes['max-age'], String(30 * 86400));
    assert.ok('httponly' in cookie.attributes && 'secure' in cookie.attributes);
    assert.equal(cookie.attributes.samesite, 'None');
  });
  await t.test('is not asked in its next session, nor in silence', async () => {
    await cleo.send('/v2/logout');
    const answer = await cleo.signIn('cleo');
    answer.redirectsTo(callback, done);
    assert.deepEqual(claims((await cleo.redeem(answer)).id_token).amr, ['pwd']);
    (await cleo.silently()).postsMessage(spa.web_origins[0], done);
  });
  await t.test('is asked when acr_values demands the factor', async () => {
    (await cleo.silently({ acr_values: multiFactor })).postsMessage(spa.web_origins[0], mfaRequired);
    const asked = await cleo.follow(await cleo.authorize({ acr_values: multiFactor }));
    assert.ok(byId(asked.text, 'code'));
    assert.ok(!byId(asked.text, 'remember-browser'), 'no use to offer it');
    const answer = await verify(cleo, asked, totp(secret, 0));
    answer.redirectsTo(callback, done);
    assert.equal(claims((await cleo.redeem(answer)).id_token).acr, multiFactor);
  });
  await t.test('is in what a person can download', async () => {
    const { remembered_browsers: list } = (await cleo.send('/u/account/export')).response.json;
    assert.equal(list.length, 1);
    assert.deepEqual(Object.keys(list[0]).sort(), ['created_at', 'ip', 'last_used_at']);
  });
  await t.test('remembers that user, not another', async () => {
    await cleo.send('/v2/logout');
    assert.ok(byId((await cleo.signIn('dan')).text, 'code'));
  });
  await t.test('another browser is asked', async () => {
    assert.ok(byId((await new Browser(server).signIn('cleo')).text, 'code'));
  });
  const remembered = async () => JSON.parse((await server.command('user', 'browsers', 'cleo@example.com', '--json')).stdout);
  await t.test('is listed by the command', async () => {
    const [one, ...more] = await remembered();
    assert.deepEqual(more, []);
    assert.deepEqual(Object.keys(one), ['created_at', 'last_used_at', 'ip']);
  });
  await t.test('is asked again once it is forgotten', async () => {
    assert.equal((await server.command('user', 'forget-browsers', 'nobody@example.com')).code, 1);
    assert.equal((await server.command('user', 'forget-browsers', 'cleo@example.com')).code, 0);
    assert.deepEqual(await remembered(), []);
    await cleo.send('/v2/logout');
    const asked = await cleo.signIn('cleo');
    (await verify(cleo, asked, totp(secret, 1), { 'remember-browser': '1' })).redirectsTo(callback, done);
    assert.equal((await remembered()).length, 1);
  });
  await t.test('is asked again after 7 days without use', async () => {
    await server.restart({ env: { TACIT_CLOCK_OFFSET: String(7 * 86400 + 60) } });
    await cleo.send('/v2/logout');
    assert.ok(byId((await cleo.signIn('cleo')).text, 'code'));
  });
});

test('a new password forgets the remembered browsers', async () => {
  const server = await serve({ tenant: tenant() });
  await awaitFreshStep(20_000);
  const cleo = new Browser(server);
  (await verify(cleo, await cleo.signIn('cleo'), totp(secret, -1), { 'remember-browser': '1' })).redirectsTo(callback, done);
  const form = await cleo.follow(await cleo.send('/u/password'));
  await cleo.press(form, { password: 'quite another one' }, { action: 'password' });
  await cleo.send('/v2/logout');
  assert.ok(byId((await cleo.signIn({ email: 'cleo@example.com', password: 'quite another one' })).text, 'code'));
});

test('so does one that an administrator sets', async () => {
  const server = await serve({ tenant: tenant() });
  await awaitFreshStep(20_000);
  const cleo = new Browser(server);
  (await verify(cleo, await cleo.signIn('cleo'), totp(secret, -1), { 'remember-browser': '1' })).redirectsTo(callback, done);
  assert.equal((await server.command('user', 'update', 'cleo@example.com', 'password=quite another one')).code, 0);
  assert.ok(byId((await cleo.signIn({ email: 'cleo@example.com', password: 'quite another one' })).text, 'code'));
});

test('without a policy nobody is asked, unless the request demands it', async () => {
  const server = await serve({ tenant: defaultTenant({ users: [enrolled('cleo')] }) });
  await awaitFreshStep();
  const cleo = new Browser(server);
  (await cleo.signIn('cleo')).redirectsTo(callback, done);
  const asked = await cleo.follow(await cleo.authorize({ acr_values: multiFactor }));
  assert.ok(byId(asked.text, 'code'));
  const answer = await verify(cleo, asked, totp(secret));
  assert.equal(claims((await cleo.redeem(answer)).id_token).acr, multiFactor);
});

test('the page speaks three languages', async () => {
  const server = await serve({ tenant: tenant({ tenant: { friendly_name: 'Tests', enabled_locales: ['en', 'pt-BR', 'es'] } }) });
  for (const [locale, words] of [['pt-BR', /Mais uma etapa/], ['es', /Un paso más/], ['en', /One more step/]]) {
    const browser = new Browser(server);
    assert.match((await browser.signIn('hal', { ui_locales: locale })).text, words);
  }
});

test('the action of the how-to, word for word', async (t) => {
  const seed = documentedCode('actions.md', '## Second factor once per session');
  const server = await serve({ tenant: tenantWith({ 'mfa-once': seed }, { users: ['cleo', 'dan'].map((name) => enrolled(name)) }) });
  await awaitFreshStep(20_000);
  const cleo = new Browser(server);

  await t.test('the first sign-in asks for the factor, silent renewals pass', async () => {
    const asked = await cleo.signIn('cleo');
    (await cleo.silently()).because('mfa_required');
    (await verify(cleo, asked, totp(secret, -1))).redirectsTo(callback, done);
    for (let i = 0; i < 3; i++) (await cleo.silently()).postsMessage(spa.web_origins[0], done);
  });
  await t.test('a new session asks again', async () => {
    await cleo.send('/v2/logout');
    const asked = await cleo.signIn('cleo');
    assert.ok(byId(asked.text, 'code'));
    (await verify(cleo, asked, totp(secret, 0), { 'remember-browser': '1' })).redirectsTo(callback, done);
  });
  await t.test('a remembered browser is not asked', async () => {
    await cleo.send('/v2/logout');
    (await cleo.signIn('cleo')).redirectsTo(callback, done);
    (await cleo.silently()).postsMessage(spa.web_origins[0], done);
  });
  await t.test('where the action does not allow it, it is not offered, and excuses nobody', async () => {
    const strict = seed.replace('allowRememberBrowser: true', 'allowRememberBrowser: false');
    assert.notEqual(strict, seed);
    await server.apply(tenantWith({ 'mfa-once': strict }, { users: server.tenant.users }));
    for (let i = 0; i < 40; i++) {
      await cleo.send('/v2/logout');
      const asked = await cleo.signIn('cleo');
      if (asked.status === 200) {
        assert.ok(!byId(asked.text, 'remember-browser'));
        return;
      }
      await new Promise((again) => { setTimeout(again, 100); });
    }
    assert.fail('the stricter action was never heard');
  });
});
