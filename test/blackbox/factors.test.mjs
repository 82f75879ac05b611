// SPDX-License-Identifier: Apache-2.0
// /u/mfa/manage: a person's own factors: list, add, rename, remove, new recovery codes, remembered
// browsers; and that a password alone changes none of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Authenticator } from '../support/authenticator.mjs';
import { Browser, claims, spa } from '../support/browser.mjs';
import { byId, elements } from '../support/html.mjs';
import { mailSink } from '../support/mail.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const callback = spa.callbacks[0];
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const done = { code: /./, state: 'xyz' };
const path = '/u/mfa/manage';
const withApp = { authentication_methods: [{ type: 'totp', totp_secret: secret }] };
const person = (name, extra = {}) => ({ email: `${name}@example.com`, email_verified: true, password: `correct horse ${name}`, ...extra });
const people = [...['ana', 'ben', 'eva'].map((name) => person(name)), ...['cleo', 'dan', 'fay', 'gus', 'hal'].map((name) => person(name, withApp))];
const always = { guardianPolicies: { policies: ['all-applications'] } };

const mail = mailSink();
const start = (changes = {}, options = {}) => serve({ tenant: defaultTenant({ users: people, ...changes }), args: mail.args, ...options });
const manage = async (browser, query = '') => browser.follow(await browser.send(path + query));
const verify = (browser, page, code) => browser.press(page, { code }, { action: 'verify' });
const withQuery = (page, more) => `${page.response.url.pathname}${page.response.url.search}${page.response.url.search ? '&' : '?'}${more}`;
const adding = async (browser, kind) => {
  const list = await manage(browser);
  const link = elements(list.text, 'a').find(({ attributes }) => attributes.href?.includes(`add=${kind}`));
  return browser.send(new URL(link.attributes.href, list.response.url).href);
};
const buttons = (page, name) => page.forms.flatMap((form) => form.buttons).filter((button) => button.name === name);
const codesOf = (page) => elements(page.text, 'li').map((li) => li.text).filter((text) => /^[0-9A-Z]{5}-[0-9A-Z]{5}$/.test(text));

/** Signed in with the factor that they have. */
async function proven(server, name, steps = -1) {
  const browser = new Browser(server);
  let page = await browser.signIn(name);
  if (page.params.code) page = await manage(browser);
  if (byId(page.text, 'code') && !byId(page.text, 'secret')) page = await verify(browser, page, totp(secret, steps));
  return browser;
}

/** Sends the form for a key with this answer in it. */
async function sendKey(browser, page, answer) {
  const form = page.forms.find(({ controls }) => controls.some(({ name }) => name === 'answer'));
  const fields = form.fields.map(([name, value]) => [name, name === 'answer' ? answer : value]);
  return browser.follow(await browser.send(page.response.url.href, { method: 'POST', form: fields,
    headers: { Origin: browser.server.origin, 'Sec-Fetch-Site': 'same-origin' } }));
}
const optionsOf = (page) => JSON.parse(elements(page.text, 'form').find(({ attributes }) => attributes['data-webauthn']).attributes['data-options']);

test('who has none adds an app, and then a key', async (t) => {
  const server = await start();
  await awaitFreshStep(15_000);
  const ana = new Browser(server);
  (await ana.signIn('ana')).redirectsTo(callback, done);
  let key;

  await t.test('the person’s own page leads there, and it says that there is none', async () => {
    const own = await ana.follow(await ana.send('/u/account'));
    assert.ok(elements(own.text, 'a').some(({ attributes }) => attributes.href.startsWith(path)));
    const list = (await manage(ana)).isPage(200).isNeverCached();
    assert.match(list.text, /set up none yet/);
    assert.deepEqual(buttons(list, 'remove'), []);
    assert.doesNotMatch(list.text, /<script/);
  });
  await t.test('an app is not added by a wrong code', async () => {
    const page = (await adding(ana, 'otp')).isPage(200);
    key = byId(page.text, 'secret').text;
    const wrong = (await ana.press(page, { code: totp(key, 5), name: 'My phone' }, { action: 'verify' })).isPage(400);
    assert.equal(byId(wrong.text, 'secret').text, key, 'the same secret is shown again');
    assert.match(wrong.text, /value="My phone"/);
    assert.match((await manage(ana)).text, /set up none yet/);
  });
  await t.test('by the right one it is, with recovery codes, and a letter tells', async () => {
    const page = await adding(ana, 'otp');
    key = byId(page.text, 'secret').text;
    const answer = await ana.press(page, { code: totp(key), name: 'My <phone>' }, { action: 'verify' });
    assert.equal(new Set(codesOf(answer.isPage(200).isNeverCached())).size, 10);
    assert.equal((await mail.next('ana@example.com')).subject, 'Your second steps were changed');
    const again = await ana.press(page, { code: totp(key), name: 'My <phone>' }, { action: 'verify' });
    assert.match(again.isPage(400).text, /set up already/, 'a form that is sent again adds no other');
    const list = await manage(ana);
    assert.equal(buttons(list, 'remove').length, 1);
    assert.match(list.text, /<strong>My &lt;phone&gt;<\/strong>/);
    assert.match(list.text, /10 are left/);
    assert.deepEqual(claims((await ana.redeem(await ana.authorize())).id_token).amr, ['pwd', 'mfa', 'otp'], 'it is proven in this session');
  });
  await t.test('a key is added beside it, under its own name, without other codes', async (inner) => {
    const page = await adding(ana, 'webauthn');
    const token = new Authenticator(server.origin);
    const list = (await sendKey(ana, page, token.create(optionsOf(page)))).isPage(200);
    assert.equal(list.response.url.pathname, path);
    assert.equal(buttons(list, 'remove').length, 2);
    assert.match(list.text, /Passkey/);
    await inner.test('once', async () => {
      assert.match((await sendKey(ana, page, token.create(optionsOf(page)))).isPage(400).text, /set up already/);
    });
    await inner.test('and not by an answer to another challenge', async () => {
      const [one, two] = [await adding(ana, 'webauthn'), await adding(ana, 'webauthn')];
      assert.notEqual(optionsOf(one).challenge, optionsOf(two).challenge);
      (await sendKey(ana, one, new Authenticator(server.origin).create(optionsOf(two)))).isPage(400);
    });
  });
  await t.test('it is renamed', async () => {
    const list = await manage(ana);
    const [{ value: id }] = buttons(list, 'rename');
    const after = await ana.press(list, { name: 'Old phone' }, { rename: id });
    assert.match(after.isPage(200).text, /Old phone/);
    assert.match(after.text, /Done/);
  });
  await t.test('both are asked for at the next sign-in', async () => {
    const page = await new Browser(server).signIn('ana', { acr_values: 'http://schemas.openid.net/pape/policies/2007/06/multi-factor' });
    const offered = [...page.forms.map(({ fields }) => Object.fromEntries(fields).method), ...elements(page.text, 'a').map(({ attributes }) => /method=([\w-]+)/.exec(attributes.href)?.[1])];
    assert.deepEqual(offered.filter(Boolean).sort(), ['otp', 'recovery-code', 'webauthn']);
  });
  await t.test('removing one leaves the other; removing the last takes the recovery codes along', async () => {
    let list = await manage(ana);
    list = await ana.press(list, {}, { remove: buttons(list, 'remove')[1].value });
    assert.equal(buttons(list.isPage(200), 'remove').length, 1);
    list = await ana.press(list, {}, { remove: buttons(list, 'remove')[0].value });
    assert.match(list.isPage(200).text, /set up none yet/);
    assert.deepEqual(buttons(list, 'action'), []);
    (await new Browser(server).signIn('ana')).redirectsTo(callback, done);
  });
});

test('a password alone changes nothing', async (t) => {
  const server = await start();
  await awaitFreshStep(20_000);
  await t.test('who has a factor is asked for it first', async () => {
    const cleo = new Browser(server);
    (await cleo.signIn('cleo')).redirectsTo(callback, done);
    const asked = await manage(cleo);
    assert.equal(asked.response.url.pathname, '/u/mfa');
    const list = await verify(cleo, asked, totp(secret, -1));
    assert.equal(list.isPage(200).response.url.pathname, path);
  });
  await t.test('a code by e-mail is asked for where that is one', async () => {
    const mailing = await start({ guardianFactors: [{ name: 'email', enabled: true }] });
    const ben = new Browser(mailing);
    (await ben.signIn('ben')).redirectsTo(callback, done);
    const asked = await manage(ben);
    assert.equal(asked.response.url.pathname, '/u/mfa');
    const code = /^(\d{6})\r?$/m.exec((await mail.next('ben@example.com')).text)[1];
    const list = await verify(ben, asked, code);
    assert.equal(list.isPage(200).response.url.pathname, path);
    assert.match(list.text, /Codes by e-mail go to ben@example\.com/);
  });
  await t.test('a factor of before does not count when the password was given again', async () => {
    const dan = await proven(server, 'dan', -1);
    assert.equal((await manage(dan)).response.url.pathname, path);
    await server.restart({ env: { TACIT_CLOCK_OFFSET: '905' } });
    const login = await manage(dan);
    assert.equal(login.response.url.pathname, '/u/login');
    const asked = await dan.press(login, { username: 'dan@example.com', password: 'correct horse dan' }, { action: 'login' });
    assert.equal(asked.isPage(200).response.url.pathname, '/u/mfa');
    assert.equal((await manage(dan)).response.url.pathname, '/u/mfa', 'nor by going round');
    const list = await verify(dan, asked, totp(secret, 0, Date.now() + 905_000));
    assert.equal(list.isPage(200).response.url.pathname, path);
  });
  await t.test('a form that was left open for a quarter of an hour does nothing', async () => {
    await server.restart({ env: {} });
    const fay = await proven(server, 'fay', 0);
    const list = await manage(fay);
    const [{ value: id }] = buttons(list, 'remove');
    await server.restart({ env: { TACIT_CLOCK_OFFSET: '905' } });
    const stopped = await fay.press(list, {}, { remove: id });
    assert.equal(stopped.response.url.pathname, '/u/login');
    const { stdout } = await server.command('export', '--secrets');
    assert.match(stdout.slice(stdout.indexOf('fay@example.com')), /totp_secret/);
  });
});

test('forms of another person, another site, another kind', async (t) => {
  const server = await start();
  await awaitFreshStep(20_000);
  const [gus, hal] = [await proven(server, 'gus', -1), await proven(server, 'hal', -1)];
  const [mine, theirs] = [await manage(gus), await manage(hal)];
  const [{ value: id }] = buttons(theirs, 'remove');
  const form = mine.forms.find(({ buttons: list }) => list.some(({ name }) => name === 'remove'));
  const post = (browser, fields, headers = { Origin: server.origin }) => browser.send(mine.response.url.href, { method: 'POST', form: fields, headers });

  await t.test('nobody removes or renames the factor of somebody else', async () => {
    for (const what of ['remove', 'rename']) await post(gus, [...form.fields, [what, id], ['name', 'mine now']]);
    const after = await manage(hal);
    assert.equal(buttons(after, 'remove').length, 1);
    assert.doesNotMatch(after.text, /mine now/);
  });
  await t.test('another site, and a form without its token', async () => {
    const [{ value }] = buttons(mine, 'remove');
    (await post(gus, [...form.fields, ['remove', value]], { Origin: 'https://evil.example' })).isPage(400);
    (await post(gus, { remove: value })).isPage(400);
    (await post(hal, [...form.fields, ['remove', value]])).isPage(400);
    assert.equal(buttons(await manage(gus), 'remove').length, 1);
  });
  await t.test('a draft of another session adds nothing', async () => {
    const foreign = await adding(hal, 'otp');
    const key = byId(foreign.text, 'secret').text;
    const [, draft] = foreign.forms[0].fields.find(([name]) => name === 'draft');
    const answer = await post(gus, [...form.fields, ['draft', draft], ['add', 'otp'], ['code', totp(key)]]);
    assert.equal(buttons(answer, 'remove').length, 1);
  });
  await t.test('what nobody may add, and unknown buttons', async () => {
    for (const kind of ['email', 'recovery-code', 'x', '%00']) {
      const at = await gus.send(withQuery(mine, `add=${kind}`));
      assert.equal(buttons(at.isPage(200), 'remove').length, 1, kind);
    }
    for (const more of [['action', 'x'], ['remove', 'x'], ['forget', '!'], ['rename', 'x'], ['draft', 'x']]) {
      assert.ok((await post(gus, [...form.fields, more])).status < 400, String(more));
    }
  });
  await t.test('two tabs that remove one: it is gone, and both end well', async () => {
    const list = await manage(gus);
    const [{ value }] = buttons(list, 'remove');
    const answers = await Promise.all([gus.press(list, {}, { remove: value }), gus.press(list, {}, { remove: value })]);
    for (const answer of answers) assert.equal(answer.status, 200);
    assert.deepEqual(buttons(await manage(gus), 'remove'), []);
  });
});

test('new recovery codes make the ones before void', async () => {
  const server = await start({ ...always });
  await awaitFreshStep(20_000);
  const eva = new Browser(server);
  const enrolment = await eva.signIn('eva');
  const before = codesOf(enrolment);
  const key = byId(enrolment.text, 'secret').text;
  (await verify(eva, enrolment, totp(key, -1))).redirectsTo(callback, done);
  const shown = await eva.press(await manage(eva), {}, { action: 'codes' });
  const after = codesOf(shown.isPage(200));
  assert.equal(after.length, 10);
  assert.ok(after.every((code) => !before.includes(code)));
  const recover = async (code) => {
    const browser = new Browser(server);
    const challenge = await browser.signIn('eva');
    const link = elements(challenge.text, 'a').find(({ attributes }) => /recovery/.test(attributes.href ?? ''));
    return verify(browser, await browser.send(new URL(link.attributes.href, challenge.response.url).href), code);
  };
  (await recover(before[0])).isPage(400);
  (await recover(after[0])).redirectsTo(callback, done);
  assert.match((await manage(eva)).text, /9 are left/);
  assert.ok(!server.stderr.includes(after[0]));
});

test('where one is always asked for, the last stays', async () => {
  const server = await start({ ...always });
  await awaitFreshStep(15_000);
  const cleo = await proven(server, 'cleo', -1);
  const list = await manage(cleo);
  assert.match(list.text, /None is left/);
  assert.doesNotMatch(list.text, /are left|make void/);
  const refused = await cleo.press(list, {}, { remove: buttons(list, 'remove')[0].value });
  assert.match(refused.isPage(400).text, /Add another one before/);
  assert.equal(buttons(refused, 'remove').length, 1);
});

test('remembered browsers are listed, and forgotten', async () => {
  const server = await start({ ...always });
  await awaitFreshStep(25_000);
  const agents = ['Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0', 'Mozilla/5.0 (iPhone) Safari/605'];
  const [one, two, three] = [new Browser(server), new Browser(server), new Browser(server)];
  const remember = async (browser, step, agent) => {
    const page = await browser.signIn('dan');
    const [form] = page.forms;
    await browser.send(page.response.url.href, { form: { ...Object.fromEntries(form.fields), code: totp(secret, step), remember_browser: '1', action: 'verify' },
      headers: { Origin: server.origin, 'User-Agent': agent } });
  };
  await remember(one, -1, agents[0]);
  await remember(two, 0, agents[1]);
  await verify(three, await three.signIn('dan'), totp(secret, 1));
  let list = await manage(three);
  assert.match(list.text, /Firefox, Linux/);
  assert.match(list.text, /Safari, iPhone/);
  const phone = /<strong>Safari, iPhone<\/strong>[\s\S]*?value="([^"]+)"/.exec(list.text)[1];
  list = await three.press(list, {}, { forget: phone });
  assert.doesNotMatch(list.isPage(200).text, /iPhone/);
  const again = async (browser) => {
    await browser.send('/v2/logout');
    return browser.signIn('dan');
  };
  assert.ok(byId((await again(two)).text, 'code'), 'it is asked again');
  (await again(one)).redirectsTo(callback, done);
  const form = list.forms.find(({ buttons: all }) => all.some(({ name }) => name === 'forget'));
  await three.send(list.response.url.href, { method: 'POST', form: [...form.fields, ['action', 'forget_all']], headers: { Origin: server.origin } });
  assert.ok(byId((await again(one)).text, 'code'));
});

test('the page speaks three languages', async () => {
  const server = await start();
  const ana = new Browser(server);
  (await ana.signIn('ana')).redirectsTo(callback, done);
  for (const [locale, words] of [['pt-BR', /Confirmar que é você/], ['es', /Confirmar que es usted/], ['en', /Confirming it is you/]]) {
    assert.match((await manage(ana, `?ui_locales=${locale}`)).isPage(200).text, words);
  }
  const other = new Browser(server);
  const login = await manage(other, '?ui_locales=es');
  const list = await other.press(login, { username: 'ana@example.com', password: 'correct horse ana' }, { action: 'login' });
  assert.match(list.isPage(200).text, /Confirmar que es usted/, 'through the sign-in, too');
});
