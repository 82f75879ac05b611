// SPDX-License-Identifier: Apache-2.0
// Accounts: sign-up, confirmation of an address, a forgotten password, and the mail of all that.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { Browser, claims, spa } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { mailSink, smtpServer, until } from '../support/mail.mjs';
import { run, serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const [ana, ben] = users;
const callback = spa.callbacks[0];
const databases = [{ name: 'Username-Password-Authentication', strategy: 'auth0', options: { disable_signup: false } }];
const tells = { flags: { enable_public_signup_user_exists_error: true } };
const isCode = (answer) => answer.redirectsTo(callback, { code: /./, state: 'xyz' });
const page = async (browser, params) => browser.follow(await browser.authorize(params));
const press = (browser, at, fields, action) => browser.press(at, fields, { action });
const link = (at, id) => new URL(new RegExp(`href="([^"]*/u/${id}[^"]*)"`).exec(at.text)[1].replaceAll('&amp;', '&'), at.response.url).href;

async function start({ tenant, ...changes } = {}, options = {}) {
  const mail = mailSink();
  const server = await serve({ tenant: defaultTenant({ databases, tenant, ...changes }), ...options,
    args: [...mail.args, ...(options.args ?? [])] });
  return { server, mail };
}

/** Opens a mailed link as a person does. */
const open = (browser, message) => browser.send(message.links[0]);
const ask = async (browser, username, params) => {
  const at = await page(browser, params);
  return press(browser, await browser.send(link(at, 'reset')), { username }, 'reset');
};
const signUp = async (browser, fields, params = { screen_hint: 'signup' }) => press(browser, await page(browser, params), fields, 'signup');
const secret = 'a staple of the tests';

// Imported accounts have such names: an address of before, or one that was never theirs.
test('a link goes to the address of the account, and is good as long as it is that', async (t) => {
  const vera = { email: 'vera@example.com', username: 'vera@old.example', password: 'correct horse vera', email_verified: true };
  const { server, mail } = await start({ users: [...users, vera] });
  await t.test('who signs up with the user name of another gets no letter', async () => {
    assert.match((await signUp(new Browser(server), { email: vera.username, password: secret })).isPage(200).text, /sent|mail/);
    const message = await mail.next();
    assert.equal(message.to, vera.email);
    assert.match(message.links[0], /\/u\/reset/);
  });
  await t.test('a link to an address of before sets no password', async () => {
    const browser = new Browser(server);
    await ask(browser, vera.email);
    const message = await mail.next(vera.email);
    const form = await open(browser, message);
    assert.equal((await server.command('user', 'update', vera.email, 'email=vera@new.example')).code, 0);
    assert.match((await press(browser, form, { password: secret }, 'password')).isPage(400).text, /not good any more/);
    const moved = { email: 'vera@new.example', password: vera.password };
    isCode(await new Browser(server).signIn(moved));
  });
});

test('sign-up where addresses are told', async (t) => {
  const { server, mail } = await start({ tenant: tells });
  const metadata = (await new Browser(server).send('/.well-known/openid-configuration')).response.json;
  assert.ok(metadata.prompt_values_supported.includes('create'));

  for (const params of [{ screen_hint: 'signup' }, { prompt: 'create' }]) {
    await t.test(`${Object.entries(params)} leads to it first, and from there to sign-in`, async () => {
      const browser = new Browser(server);
      const at = await page(browser, params);
      assert.equal(at.response.url.pathname, '/u/signup');
      const login = await browser.send(link(at, 'login'));
      assert.equal(login.isPage(200).response.url.pathname, '/u/login');
      isCode(await press(browser, login, { username: ana.email, password: ana.password }, 'login'));
    });
  }

  await t.test('makes the account, signs in, and asks to confirm the address', async () => {
    const browser = new Browser(server);
    const answer = await signUp(browser, { email: 'Dora@Example.com', name: 'Dora', password: secret });
    isCode(answer);
    const before = claims((await browser.redeem(answer)).id_token);
    const message = await mail.next();
    assert.equal(message.to, 'Dora@Example.com');
    assert.ok(message.links[0].startsWith(server.issuer), message.links[0]);
    const confirm = await open(new Browser(server), message);
    assert.match(confirm.isPage(200).isNeverCached().text, /Dora@Example\.com/);
    assert.match((await open(new Browser(server), message)).isPage(200).text, /Is this address yours/, 'looking uses nothing up');
    const elsewhere = new Browser(server);
    assert.match((await press(elsewhere, await open(elsewhere, message), {}, 'verify')).isPage(200).text, /confirmed/);
    assert.match((await open(elsewhere, message)).isPage(400).text, /not good any more/, 'good once');
    const { stdout } = await server.command('user', 'show', before.sub, '--json');
    assert.deepEqual([JSON.parse(stdout).email_verified, JSON.parse(stdout).name], [true, 'Dora']);
  });

  await t.test('says when there is such an account', async () => {
    const at = await signUp(new Browser(server), { email: ana.email.toUpperCase(), password: secret });
    assert.match(at.isPage(400).text, /has an account/);
  });

  for (const [what, fields, words] of [
    ['no address', { email: 'nobody', password: secret }, /Enter your e-mail address/],
    ['a line break in the address', { email: 'x@example.com\r\nBcc: y@example.com', password: secret }, /Enter your e-mail address/],
    ['no password', { email: 'e@example.com' }, /Enter a password/],
    ['a short password', { email: 'e@example.com', password: '1234567' }, /at least 8 characters/],
    ['eight characters of more bytes, one less', { email: 'e@example.com', password: 'ééééééé' }, /at least 8 characters/],
    ['the address as password', { email: 'long-enough@example.com', password: 'LONG-ENOUGH' }, /must not be your name/],
    ['a very long password', { email: 'e@example.com', password: 'x'.repeat(1025) }, /too long/],
  ]) {
    await t.test(`refuses ${what}, and keeps what was typed`, async () => {
      const at = await signUp(new Browser(server), fields);
      assert.match(at.isPage(400).text, words);
    });
  }

  await t.test('a form from another site does nothing', async () => {
    const browser = new Browser(server);
    const at = await page(browser, { screen_hint: 'signup' });
    const form = [...at.forms[0].fields, ['email', 'f@example.com'], ['password', secret]];
    for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
      (await browser.send(at.response.url.href, { method: 'POST', form, headers })).isPage(400);
    }
    (await new Browser(server).send(at.response.url.href, { method: 'POST', form })).isPage(400);
  });
});

test('sign-up where addresses are not told', async (t) => {
  const { server, mail } = await start();
  const browser = new Browser(server);
  const shape = (at) => at.text.replace(/<nav[\s\S]*<\/nav>/, '');

  await t.test('a new address and a known one are answered alike', async () => {
    const known = await signUp(new Browser(server), { email: ana.email, password: secret });
    const fresh = await signUp(browser, { email: 'gil@example.com', name: 'Gil', password: secret });
    assert.equal(shape(fresh.isPage(200)), shape(known.isPage(200)));
    assert.equal(browser.sessionCookie, undefined);
    assert.equal((await server.command('user', 'show', 'gil@example.com')).code, 1, 'no account yet');
  });
  await t.test('the owner of the known one hears of it, and may set a password', async () => {
    const message = await mail.next(ana.email);
    assert.deepEqual([message.to, message.subject], [ana.email, 'You have an account already']);
    assert.match(message.links[0], /\/u\/reset\?ticket=/);
  });
  await t.test('the new one is finished by its link, and the sign-in goes on in that browser', async () => {
    const message = await mail.next('gil@example.com');
    const answer = await press(browser, await open(browser, message), {}, 'verify');
    isCode(answer);
    const { sub } = claims((await browser.redeem(answer)).id_token);
    const user = JSON.parse((await server.command('user', 'show', sub, '--json')).stdout);
    assert.deepEqual([user.email, user.email_verified, user.name], ['gil@example.com', true, 'Gil']);
    isCode(await new Browser(server).signIn({ email: 'gil@example.com', password: secret }));
  });
  await t.test('somebody was faster: no second account', async () => {
    const late = new Browser(server);
    await signUp(late, { email: 'hal@example.com', password: secret });
    const message = await mail.next();
    assert.equal((await server.command('user', 'create', 'email=hal@example.com')).code, 0);
    assert.match((await press(late, await open(late, message), {}, 'verify')).isPage(400).text, /account already/);
  });
});

test('sign-up that is switched off is nowhere', async (t) => {
  for (const [what, changes] of [['by the setting', { databases: [{ name: 'db', options: { disable_signup: true } }] }], ['without a database', { databases: undefined }]]) {
    await t.test(what, async (t2) => {
      const server = await serve({ tenant: defaultTenant(changes), args: mailSink().args, test: t2 });
      const browser = new Browser(server);
      const at = await page(browser, { screen_hint: 'signup' });
      assert.equal(at.response.url.pathname, '/u/login');
      assert.doesNotMatch(at.text, /signup/);
      const asked = await browser.follow(await browser.send(`/u/signup${at.response.url.search}`));
      assert.equal(asked.response.url.pathname, '/u/login');
    });
  }
});

test('a forgotten password', async (t) => {
  const { server, mail } = await start();

  await t.test('known, unknown, and by user name: one answer', async () => {
    const texts = [];
    for (const who of [ana.email, 'nobody@example.com', 'nobody', 'no body <x>']) {
      const at = await ask(new Browser(server), who);
      texts.push(at.isPage(200).text.replace(/state=[^"&]*/g, ''));
    }
    assert.equal(new Set(texts).size, 1);
    const message = await mail.next();
    assert.equal(message.to, ana.email);
    await new Promise((done) => { setTimeout(done, 800); });
    assert.equal(mail.all.length, 1, 'and nothing to nobody');
  });

  await t.test('the link is of the issuer, whatever the Host header says', async () => {
    const browser = new Browser(server);
    const at = await page(browser);
    const reset = await browser.send(link(at, 'reset'));
    await browser.send(reset.response.url.href, { method: 'POST',
      headers: { Host: 'evil.example' }, form: [...reset.forms[0].fields, ['username', ben.email]] });
    const message = await mail.next();
    assert.ok(message.links[0].startsWith(server.issuer), message.links[0]);
    assert.doesNotMatch(message.text + message.html, /evil/);
  });

  await t.test('sets a password; every session, refresh token and link ends', async () => {
    const browser = new Browser(server);
    const other = new Browser(server);
    const tokens = await other.redeem(await other.signIn(ana, { scope: 'openid offline_access' }));
    await ask(browser, ana.email);
    const first = await mail.next();
    await ask(browser, ana.email);
    const second = await mail.next();
    const at = await open(browser, second);
    assert.match((await press(browser, at, { password: 'short' }, 'password')).isPage(400).text, /at least 8/);
    const done = await press(browser, at, { password: secret }, 'password');
    assert.match(done.isPage(200).text, /changed/);
    assert.match((await open(browser, second)).isPage(400).text, /not good any more/, 'good once');
    assert.match((await open(browser, first)).isPage(400).text, /not good any more/, 'and the earlier one not at all');
    assert.equal((await other.authorize({ prompt: 'none' })).params.error, 'login_required');
    const refreshed = await other.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    assert.equal(refreshed.response.json.error, 'invalid_grant');
    const login = await browser.send(link(done, 'login'));
    isCode(await press(browser, login, { username: ana.email, password: secret }, 'login'));
    assert.equal((await new Browser(server).signIn(ana)).status, 400, 'the old one is over');
    assert.equal((await mail.next()).subject, 'Your password was changed');
  });

  await t.test('nothing secret is in the log or in clear in the store', async () => {
    await ask(new Browser(server), ben.email);
    const message = await mail.next();
    const ticket = new URL(message.links[0]).searchParams.get('ticket');
    await open(new Browser(server), message);
    assert.ok(ticket.length >= 43);
    assert.ok(!server.stderr.includes(ticket));
    const { stdout } = await server.command('log', '--json');
    assert.ok(!stdout.includes(ticket));
    assert.match(stdout, /"scp"/);
  });

  await t.test('letters come in the language of the page', async () => {
    await ask(new Browser(server), ben.email, { ui_locales: 'es' });
    const message = await mail.next();
    assert.equal(message.subject, 'Restablecer su contraseña');
    assert.match(message.text, /Siga|pidió restablecer/);
    assert.match(message.html, /<html lang="es">/);
  });

  await t.test('nobody can fill a mailbox', async () => {
    for (let i = 0; i < 6; i++) (await ask(new Browser(server), 'ben@example.com')).isPage(200);
    await new Promise((done) => { setTimeout(done, 800); });
    assert.ok(mail.all.filter((m) => m.to === ben.email).length <= 5);
  });
});

test('known and unknown addresses take the same time', async () => {
  const { server } = await start({}, { args: ['--no-limits'] });
  const browser = new Browser(server);
  const at = await browser.send('/u/reset');
  const once = async (who) => {
    const began = process.hrtime.bigint();
    await browser.send('/u/reset', { method: 'POST', form: [...at.forms[0].fields, ['username', who]] });
    return Number(process.hrtime.bigint() - began) / 1e6;
  };
  const times = { known: [], unknown: [] };
  for (let i = 0; i < 40; i++) {
    times.known.push(await once(ana.email));
    times.unknown.push(await once('nobody@example.com'));
  }
  // The quick ones say what the work costs; the slow ones what else the machine did.
  const quick = (list) => list.sort((a, b) => a - b)[list.length >> 3];
  const [known, unknown] = [quick(times.known), quick(times.unknown)];
  assert.ok(Math.abs(known - unknown) < 1 + 0.35 * Math.max(known, unknown), `${known} ms and ${unknown} ms`);
});

test('links end by time', async (t) => {
  const { server, mail } = await start();
  await ask(new Browser(server), ana.email);
  const message = await mail.next();
  for (const [offset, status] of [[3500, 200], [3610, 400]]) {
    await t.test(`after ${offset} s: ${status}`, async () => {
      await server.restart({ env: { TACIT_CLOCK_OFFSET: String(offset) } });
      (await open(new Browser(server), message)).isPage(status);
    });
  }
});

test('passwords that are known to be stolen', async (t) => {
  const stolen = ['password1', 'correct horse battery', ...Array.from({ length: 500 }, (_, i) => `filler ${i}`)];
  const hashes = stolen.map((word) => createHash('sha1').update(word).digest('hex').toUpperCase()).sort();
  for (const [kind, text] of [['hashes', hashes.map((h, i) => `${h}:${i}`).join('\r\n')], ['words', stolen.join('\n')]]) {
    await t.test(`from a list of ${kind}`, async (t2) => {
      const sink = mailSink();
      const file = join(sink.folder, 'list.txt');
      writeFileSync(file, text);
      const server = await serve({ tenant: defaultTenant({ databases, tenant: tells }), args: [...sink.args, '--breached-passwords', file], test: t2 });
      for (const word of [stolen[0], stolen[1], 'filler 0', 'filler 499']) {
        assert.match((await signUp(new Browser(server), { email: 'i@example.com', password: word })).isPage(400).text, /stolen/, word);
      }
      isCode(await signUp(new Browser(server), { email: 'i@example.com', password: 'correct horse batter' }));
    });
  }
});

test('a list that cannot be used is said so at start', async () => {
  const file = join(mailSink().folder, 'empty.txt');
  writeFileSync(file, '');
  const { code, stderr } = await run(['serve', '--listen', '127.0.0.1:0', '--data', join(file, '..', 'data'), '--breached-passwords', file]);
  assert.equal(code, 1);
  assert.match(stderr, /breached-passwords/);
});

test('by SMTP', async (t) => {
  const smtp = await smtpServer();
  const emailProvider = { name: 'smtp', default_from_address: 'id@tests.example',
    credentials: { smtp_host: '127.0.0.1', smtp_port: smtp.port, smtp_user: 'tacit', smtp_pass: 'smtp secret', smtp_tls: 'none' } };
  const server = await serve({ tenant: defaultTenant({ tenant: { friendly_name: 'Café "Tests"' }, emailProvider }) });

  await t.test('goes out, as the server is told', async () => {
    await ask(new Browser(server), ana.email);
    const message = await smtp.next();
    assert.equal(message.to, ana.email);
    assert.match(message.headers.from, /<id@tests\.example>$/);
    assert.ok(smtp.commands.some((line) => line.startsWith('AUTH PLAIN')));
    assert.ok(smtp.commands.some((line) => line.startsWith('MAIL FROM:<id@tests.example>')));
    assert.ok(smtp.commands.includes(Buffer.from('\0tacit\0smtp secret').toString('base64')));
    for (const line of smtp.raw[0].split('\r\n')) assert.ok(line.length <= 998 && /^[\x20-\x7e]*$/.test(line), line);
  });

  await t.test('waits for a server that is away, over a restart of ours', async () => {
    smtp.replies = { MAIL: '451 not now' };
    await ask(new Browser(server), ben.email);
    await until(() => server.stderr.includes('a message waits'), 'failed attempt');
    await server.crash();
    await server.restart();
    smtp.replies = {};
    const message = await smtp.next();
    assert.equal(message.to, ben.email);
    assert.match((await open(new Browser(server), message)).isPage(200).text, /new password/i);
  });

  await t.test('a refusal for good is not repeated', async () => {
    smtp.replies = { RCPT: '550 nobody here' };
    await ask(new Browser(server), ana.email);
    await until(() => server.stderr.includes('refused for good'), 'refusal');
    smtp.replies = {};
    const asked = smtp.commands.length;
    await new Promise((done) => { setTimeout(done, 2600); });
    assert.equal(smtp.commands.length, asked);
  });

  await t.test('its password is sealed in the store, and only an export with secrets has it', async () => {
    assert.doesNotMatch((await server.command('export')).stdout, /smtp secret|smtp_pass/);
    assert.match((await server.command('export', '--secrets')).stdout, /smtp_pass: smtp secret/);
    const again = await server.command('apply', server.tenantFile, '--json');
    assert.equal(again.code, 0, again.stderr);
    assert.doesNotMatch(again.stdout, /"(changed|updated|update)": ?[1-9]/, 'the same file changes nothing');
  });
});

test('by SMTP over TLS', async (t) => {
  const ca = makeAuthority();
  const other = makeAuthority();
  t.after(() => { ca.remove(); other.remove(); });
  const start = async (mode, says, authority = ca) => {
    const smtp = await smtpServer({ mode, ...authority.issue('localhost') });
    const emailProvider = { name: 'smtp', default_from_address: 'id@tests.example',
      credentials: { smtp_host: 'localhost', smtp_port: smtp.port, smtp_user: 'tacit', smtp_pass: 'smtp secret', smtp_tls: says } };
    const server = await serve({ tenant: defaultTenant({ emailProvider }), env: { SSL_CERT_FILE: ca.file } });
    await ask(new Browser(server), ana.email);
    return { smtp, server };
  };

  for (const mode of ['tls', 'starttls']) {
    await t.test(`${mode}: the password and the letter go out encrypted`, async () => {
      const { smtp } = await start(mode, mode);
      assert.equal((await smtp.next()).to, ana.email);
      assert.ok(smtp.commands.includes(Buffer.from('\0tacit\0smtp secret').toString('base64')));
      for (const line of smtp.clear) assert.match(line, /^(EHLO \S+|STARTTLS)$/);
    });
    await t.test(`${mode}: a server whose certificate nobody vouches for gets nothing`, async () => {
      const { smtp, server } = await start(mode, mode, other);
      await until(() => server.stderr.includes('a message waits'), 'failed attempt');
      assert.deepEqual([smtp.commands, smtp.raw], [[], []]);
    });
  }
  await t.test('where STARTTLS is taken out on the way, nothing is said in the clear', async () => {
    const { smtp, server } = await start('none', 'starttls');
    await until(() => server.stderr.includes('a message waits'), 'failed attempt');
    assert.deepEqual(smtp.raw, []);
    for (const line of smtp.commands) assert.match(line, /^(EHLO \S+|STARTTLS|QUIT)$/);
  });
});

test('an administrator blocks and unblocks', async () => {
  const { server } = await start();
  const browser = new Browser(server);
  isCode(await browser.signIn(ana));
  assert.equal((await server.command('user', 'update', ana.email, 'blocked=true')).code, 0);
  assert.equal((await browser.authorize({ prompt: 'none' })).params.error, 'unauthorized');
  assert.equal((await new Browser(server).signIn(ana)).status, 403);
  assert.equal((await server.command('user', 'update', ana.email, 'blocked=false')).code, 0);
  isCode(await browser.authorize({ prompt: 'none' }));
});

test('/dbconnections, for applications', async (t) => {
  const { server, mail } = await start();
  const told = await serve({ tenant: defaultTenant({ databases, tenant: tells }) });
  const [origin] = spa.web_origins;
  const call = (to, what, body, options = {}) => new Browser(to).send(`/dbconnections/${what}`, {
    headers: { Origin: origin }, json: { client_id: spa.client_id, connection: databases[0].name, ...body }, ...options });

  await t.test('signup: known and new alike, the account by mail', async () => {
    for (const email of ['kim@example.com', ana.email]) {
      const answer = await call(server, 'signup', { email, password: secret });
      assert.equal(answer.status, 200, answer.text);
      const { _id: id, ...rest } = JSON.parse(answer.text);
      assert.match(id, /^[0-9a-f]{24}$/);
      assert.deepEqual(rest, { email, email_verified: false });
      assert.equal(answer.header('access-control-allow-origin'), origin);
    }
    assert.match((await mail.next('kim@example.com')).links[0], /\/u\/verify/);
    assert.match((await mail.next(ana.email)).links[0], /\/u\/reset/);
  });
  await t.test('signup where it is told: made at once, once', async () => {
    const form = { client_id: spa.client_id, connection: databases[0].name, email: 'kim@example.com', password: secret };
    const made = await call(told, 'signup', {}, { json: undefined, form });
    const { _id: id } = JSON.parse(made.text);
    assert.equal(JSON.parse((await told.command('user', 'show', 'kim@example.com', '--json')).stdout).user_id, `auth0|${id}`);
    const again = await call(told, 'signup', form);
    assert.deepEqual([again.status, JSON.parse(again.text).code], [400, 'user_exists']);
  });
  await t.test('change_password: one answer', async () => {
    for (const email of [ben.email, 'nobody@example.com']) {
      const answer = await call(server, 'change_password', { email });
      assert.deepEqual([answer.status, answer.text], [200, "We've just sent you an email to reset your password."]);
    }
    assert.match((await mail.next(ben.email)).links[0], /\/u\/reset/);
  });
  for (const [what, body, status, code] of [
    ['unknown client', { client_id: 'x' }, 400, 'invalid_request'],
    ['unknown connection', { connection: 'x' }, 400, 'invalid_request'],
    ['no address', { password: secret }, 400, 'invalid_signup'],
    ['weak password', { email: 'l@example.com', password: 'short' }, 400, 'invalid_password'],
  ]) {
    await t.test(what, async () => {
      const answer = await call(server, 'signup', body);
      assert.deepEqual([answer.status, JSON.parse(answer.text).code], [status, code]);
    });
  }
  await t.test('a preflight, and an origin that is not registered', async () => {
    const ask = (from) => call(server, 'signup', {}, { method: 'OPTIONS', json: undefined,
      headers: { Origin: from, 'Access-Control-Request-Method': 'POST' } });
    assert.equal((await ask(origin)).header('access-control-allow-origin'), origin);
    assert.equal((await ask('https://evil.example')).header('access-control-allow-origin'), undefined);
  });
});
