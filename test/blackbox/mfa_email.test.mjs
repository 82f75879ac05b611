// SPDX-License-Identifier: Apache-2.0
// Codes by e-mail as the second factor: mailed once, good once, limited, and never the way round
// a stronger factor unless the tenant says so.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { postLogin, tenantWith } from '../support/actions.mjs';
import { Browser, claims, spa } from '../support/browser.mjs';
import { byId, elements } from '../support/html.mjs';
import { mailSink } from '../support/mail.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const callback = spa.callbacks[0];
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const done = { code: /./, state: 'xyz' };
const person = (name, extra = {}) => ({ email: `${name}@example.com`, email_verified: true, password: `correct horse ${name}`, ...extra });
const withApp = { authentication_methods: [{ type: 'totp', totp_secret: secret }] };
const people = [...['ana', 'bea', 'eva', 'flo', 'gil', 'gus', 'hal'].map((name) => person(name)),
  person('ben', { email_verified: false }), person('cleo', withApp), person('dan', withApp)];
const on = { guardianFactors: [{ name: 'email', enabled: true }], guardianPolicies: { policies: ['all-applications'] } };

const mail = mailSink();
const start = (changes = {}, options = {}) => serve({ tenant: defaultTenant({ users: people, ...on, ...changes }), args: mail.args, ...options });
const letter = async (name) => mail.next(`${name}@example.com`);
const codeOf = (message) => /^(\d{6})\r?$/m.exec(message.text)[1];
const verify = (browser, page, code, more = {}) => browser.press(page, { code, ...more }, { action: 'verify' });
const another = (code) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const linkTo = (page, method) => elements(page.text, 'a').find(({ attributes }) => attributes.href?.includes(`method=${method}`));

test('a confirmed address is enough', async (t) => {
  const server = await start();
  const ana = new Browser(server);
  const page = await ana.signIn('ana');
  const message = await letter('ana');
  const code = codeOf(message);

  await t.test('the page asks for the code, and nobody is led through enrolment', async () => {
    page.isPage(200).isNeverCached();
    assert.ok(byId(page.text, 'code'));
    assert.ok(!byId(page.text, 'secret'));
    assert.match(page.text, /ana@example\.com/);
    assert.ok(!page.text.includes(code));
  });
  await t.test('the letter has the code, no link, and says what it is for', async () => {
    assert.equal(message.subject, 'Your code');
    assert.deepEqual(message.links, []);
    assert.match(message.text, /Tests/);
    assert.match(message.text, /10 min/);
    assert.ok(message.html.includes(code));
    assert.ok(!message.subject.includes(code), 'a locked screen shows subjects');
  });
  await t.test('the page shown again mails no other', async () => {
    const again = await ana.send(page.response.url.href);
    assert.ok(byId(again.text, 'code'));
    assert.equal(mail.all.filter(({ to }) => to === 'ana@example.com').length, 1);
  });
  await t.test('another code is wrong', async () => {
    const wrong = await verify(ana, page, another(code));
    wrong.isPage(400);
    assert.match(wrong.text, /That code is wrong/);
  });
  await t.test('it is for that browser and that page', async () => {
    const thief = new Browser(server);
    (await verify(thief, await thief.signIn('ana'), code)).isPage(400);
    assert.notEqual(codeOf(await letter('ana')), undefined);
  });
  await t.test('the right one is the second factor of this session', async () => {
    const answer = await verify(ana, page, `${code.slice(0, 3)} ${code.slice(3)}`);
    answer.redirectsTo(callback, done);
    assert.deepEqual(claims((await ana.redeem(answer)).id_token).amr, ['pwd', 'mfa', 'email']);
    (await ana.silently()).postsMessage(spa.web_origins[0], done);
  });
  await t.test('once', async () => {
    await ana.send('/v2/logout');
    const next = await ana.signIn('ana');
    await letter('ana');
    (await verify(ana, next, code)).isPage(400);
  });
  await t.test('neither the log nor the store has it', async () => {
    assert.ok(!server.stderr.includes(code));
    await server.halt();
    for (const name of readdirSync(server.data)) {
      assert.ok(!readFileSync(join(server.data, name)).includes(code), name);
    }
  });
});

test('of two tabs with one code both end signed in, and it was used once', async () => {
  const server = await start();
  const bea = new Browser(server);
  const page = await bea.signIn('bea');
  const code = codeOf(await letter('bea'));
  const answers = await Promise.all([verify(bea, page, code), verify(bea, page, code)]);
  assert.ok(answers.some((answer) => answer.params.code));
  for (const answer of answers) assert.ok(answer.params.code || answer.status === 400, `${answer.status}`);
  const log = JSON.parse((await server.command('log', '--type', 'gd_auth_succeed', '--json')).stdout);
  assert.equal(log.length, 1);
  (await bea.silently()).postsMessage(spa.web_origins[0], done);
  const back = await bea.send(page.response.url.href);
  back.isPage(400);
  assert.match(back.text, /out of date/);
});

test('a new code', async (t) => {
  const server = await start();
  const eva = new Browser(server);
  let page = await eva.signIn('eva');
  const first = codeOf(await letter('eva'));

  await t.test('makes the one before it void', async () => {
    page = await eva.press(page, {}, { action: 'resend' });
    page.isPage(200);
    assert.equal(page.response.url.searchParams.get('method'), 'email');
    const second = codeOf(await letter('eva'));
    if (first !== second) (await verify(eva, page, first)).isPage(400);
  });
  await t.test('is mailed a few times an hour, in however many browsers', async () => {
    for (let i = 0; i < 2; i++) {
      page = (await eva.press(page, {}, { action: 'resend' })).isPage(200);
      await letter('eva');
    }
    const elsewhere = new Browser(server);
    for (let i = 0; i < 2; i++) {
      await new Browser(server).signIn('eva');
      await letter('eva');
    }
    const limited = await elsewhere.signIn('eva');
    limited.isPage(429);
    assert.match(limited.text, /already/);
    (await eva.press(page, {}, { action: 'resend' })).isPage(429);
    assert.equal(mail.all.filter(({ to }) => to === 'eva@example.com').length, 6);
  });
  await t.test('and the last one still opens', async () => {
    const last = mail.all.filter(({ to }) => to === 'eva@example.com')[3];
    (await verify(eva, page, codeOf(last))).redirectsTo(callback, done);
  });
});

test('who knows the password does not use up what its owner may ask for', async () => {
  const server = await start({}, { args: [...mail.args, '--trusted-proxy', '127.0.0.1'] });
  class From extends Browser {
    constructor(address) {
      super(server);
      this.address = address;
    }

    send(path, options = {}) {
      return super.send(path, { ...options, headers: { 'X-Forwarded-For': this.address, ...options.headers } });
    }
  }
  const count = () => mail.all.filter(({ to }) => to === 'gus@example.com').length;
  const before = count();
  const ask = async (address, times) => {
    for (let i = 0; i < times; i++) {
      await new From(address).signIn('gus');
      await letter('gus');
    }
    (await new From(address).signIn('gus')).isPage(429);
  };
  await ask('2001:db8:0:1::1', 6);
  (await new From('2001:db8:0:1::2').signIn('gus')).isPage(429);

  const owner = new From('192.0.2.1');
  const page = await owner.signIn('gus');
  const code = codeOf(await letter('gus'));
  (await verify(owner, page, code)).redirectsTo(callback, done);
  await ask('192.0.2.1', 6);
  await ask('192.0.2.2', 6);
  await ask('192.0.2.3', 6);
  (await new From('192.0.2.4').signIn('gus')).isPage(429);
  assert.equal(count() - before, 25);
});

test('a code ends after ten minutes', async () => {
  const server = await start();
  const [early, late] = [new Browser(server), new Browser(server)];
  const pages = [await early.signIn('flo')];
  const codes = [codeOf(await letter('flo'))];
  pages.push(await late.signIn('flo'));
  codes.push(codeOf(await letter('flo')));
  await server.restart({ env: { TACIT_CLOCK_OFFSET: '585' } });
  (await verify(early, pages[0], codes[0])).redirectsTo(callback, done);
  await server.restart({ env: { TACIT_CLOCK_OFFSET: '601' } });
  (await verify(late, pages[1], codes[1])).isPage(400);
});

test('wrong codes are limited together with those of other factors', async () => {
  const server = await start({ tenant: { email_factor_beside_others: true } });
  const cleo = new Browser(server);
  let page = await cleo.signIn('cleo');
  for (let i = 0; i < 5; i++) page = (await verify(cleo, page, '12345x')).isPage(400);
  page = await cleo.send(new URL(linkTo(page, 'email').attributes.href, page.response.url).href);
  const code = codeOf(await letter('cleo'));
  for (let i = 0; i < 5; i++) page = (await verify(cleo, page, another(code))).isPage(400);
  (await verify(cleo, page, code)).isPage(429);
});

test('an address that is not confirmed is confirmed by its first code', async () => {
  const server = await start();
  const ben = new Browser(server);
  const enrolment = await ben.signIn('ben');
  assert.ok(byId(enrolment.text, 'secret'), 'an app is offered first');
  const page = await ben.send(new URL(linkTo(enrolment, 'email').attributes.href, enrolment.response.url).href);
  const code = codeOf(await letter('ben'));
  (await verify(ben, page, another(code))).isPage(400);
  (await verify(ben, page, code)).redirectsTo(callback, done);
  const shown = JSON.parse((await server.command('user', 'show', 'ben@example.com', '--json')).stdout);
  assert.equal(shown.email_verified, true);
  await ben.send('/v2/logout');
  assert.ok(!byId((await ben.signIn('ben')).text, 'secret'), 'from now on it is a factor of his');
});

test('a code for an address that was changed meanwhile is worth nothing', async () => {
  const server = await start();
  const gil = new Browser(server);
  const page = await gil.signIn('gil');
  const code = codeOf(await letter('gil'));
  const { user_id: id } = JSON.parse((await server.command('user', 'show', 'gil@example.com', '--json')).stdout);
  assert.equal((await server.command('user', 'update', id, 'email=new@example.com', 'email_verified=true')).code, 0);
  (await verify(gil, page, code)).isPage(400);
});

test('it is not the way round a stronger factor', async (t) => {
  await t.test('who has an app is asked for the app, whatever the browser asks', async () => {
    const server = await start();
    const cleo = new Browser(server);
    const page = await cleo.signIn('cleo');
    assert.ok(!linkTo(page, 'email'));
    const wished = await cleo.send(`${page.response.url.href}&method=email`);
    assert.match(wished.text, /authenticator app/);
    const [form] = page.forms;
    const fields = Object.fromEntries(form.fields);
    for (const action of ['resend', 'verify']) {
      const forced = await cleo.send(page.response.url.href, { form: { ...fields, method: 'email', code: '123456', action }, headers: { Origin: server.origin } });
      assert.match(forced.isPage(400).text, /authenticator app/);
    }
    assert.equal(mail.all.filter(({ to }) => to === 'cleo@example.com').length, 1, 'the one of the test above');
  });
  await t.test('unless the tenant says so', async () => {
    const server = await start({ tenant: { email_factor_beside_others: true } });
    const dan = new Browser(server);
    const page = await dan.signIn('dan');
    assert.match(page.text, /authenticator app/, 'the app is asked for first');
    const mailed = await dan.send(new URL(linkTo(page, 'email').attributes.href, page.response.url).href);
    (await verify(dan, mailed, codeOf(await letter('dan')))).redirectsTo(callback, done);
  });
  await t.test('or an action names it', async () => {
    const server = await serve({ tenant: tenantWith({ mail: postLogin("  api.authentication.challengeWith({ type: 'email' });") },
      { users: people, guardianFactors: on.guardianFactors }), args: mail.args });
    const dan = new Browser(server);
    const page = await dan.signIn('dan');
    assert.ok(!linkTo(page, 'otp'), 'it names nothing else');
    const answer = await verify(dan, page, codeOf(await letter('dan')));
    answer.redirectsTo(callback, done);
    assert.deepEqual(claims((await dan.redeem(answer)).id_token).amr, ['pwd', 'mfa', 'email']);
  });
});

test('an action chooses among the factors of a person', async (t) => {
  const action = (body, changes = { guardianFactors: on.guardianFactors }) => tenantWith({ choose: postLogin(body) }, { users: people, ...changes });
  await awaitFreshStep(15_000);
  await t.test('what nobody has is passed over: no enrolment where there is a factor', async () => {
    const server = await serve({ tenant: action("  api.authentication.challengeWith({ type: 'webauthn-roaming' });"), args: mail.args });
    const cleo = new Browser(server);
    const page = await cleo.signIn('cleo');
    assert.ok(!byId(page.text, 'secret') && byId(page.text, 'code'));
    (await verify(cleo, page, totp(secret))).redirectsTo(callback, done);
  });
  await t.test('who has none enrols what it names', async () => {
    const server = await serve({ tenant: action("  api.authentication.enrollWith({ type: 'webauthn-roaming' });", {}), args: mail.args });
    const hal = new Browser(server);
    const page = await hal.signIn('hal');
    assert.ok(!linkTo(page, 'otp') && !byId(page.text, 'secret'));
    assert.match(page.text, /data-webauthn="create"/);
  });
});

test('where it is off, or there is no mail server, an app is set up', async () => {
  for (const [changes, args] of [[{ guardianFactors: [] }, mail.args], [{}, []]]) {
    const server = await start(changes, { args });
    const page = await new Browser(server).signIn('hal');
    assert.ok(byId(page.text, 'secret'));
    assert.ok(!linkTo(page, 'email'));
  }
});

test('a factor that is switched off is not offered for enrolment', async () => {
  const server = await start({ guardianFactors: [{ name: 'webauthn-roaming', enabled: false }, { name: 'webauthn-platform', enabled: false },
    { name: 'recovery-code', enabled: false }, { name: 'sms', enabled: true }] });
  const page = await new Browser(server).signIn('hal');
  assert.ok(byId(page.text, 'secret'));
  assert.ok(!linkTo(page, 'webauthn'));
  assert.doesNotMatch(page.text, /recovery codes/);
});

test('the letter and the page speak three languages', async () => {
  const server = await start();
  for (const [locale, subject, words] of [['pt-BR', 'Seu código', /Código do e-mail/], ['es', 'Su código', /Código del correo/], ['en', 'Your code', /Code from the e-mail/]]) {
    const page = await new Browser(server).signIn('hal', { ui_locales: locale });
    assert.match(page.text, words);
    const message = await letter('hal');
    assert.equal(message.subject, subject);
    assert.match(codeOf(message), /^\d{6}$/);
  }
});
