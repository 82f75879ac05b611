// SPDX-License-Identifier: Apache-2.0
// WebAuthn over HTTP, with a security key of node:crypto: every algorithm and attestation that is
// accepted, and every part of an answer that may be wrong.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';

import { Authenticator, cbor } from '../support/authenticator.mjs';
import { Browser, claims, spa } from '../support/browser.mjs';
import { selfSigned } from '../support/ca.mjs';
import { elements } from '../support/html.mjs';
import { mailSink } from '../support/mail.mjs';
import { query } from '../support/rows.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const callback = spa.callbacks[0];
const kinds = ['ES256', 'EdDSA', 'ES384', 'ES512', 'Ed448', 'RS256', 'RS256, 3072 bits'];
const maker = selfSigned('/O=A maker of keys/OU=Authenticator Attestation/CN=keys');
const names = ['kim', 'oto', 'pia', 'rob', 'sol', ...kinds.map((_, i) => `kind${i}`), ...Array.from({ length: 10 }, (_, i) => `made${i}`)];
const server = await serve({ tenant: defaultTenant({
  users: names.map((name) => ({ email: `${name}@example.com`, password: `correct horse ${name}` })),
  guardianPolicies: { policies: ['all-applications'] },
}) });

const formOf = (page) => {
  const form = elements(page.text, 'form').find(({ attributes }) => attributes['data-webauthn']);
  assert.ok(form, `no form for a key: ${page.status} ${page.text.slice(0, 600)}`);
  return form;
};
const optionsOf = (page) => JSON.parse(formOf(page).attributes['data-options']);

/** Sends the form for the key with this answer in it. */
async function send(browser, page, answer) {
  const form = page.forms.find(({ controls }) => controls.some(({ name }) => name === 'answer'));
  const fields = form.fields.map(([name, value]) => [name, name === 'answer' ? answer : value]);
  return browser.follow(await browser.send(new URL(form.action, page.response.url).href,
    { method: 'POST', form: fields, headers: { Origin: browser.server.origin, 'Sec-Fetch-Site': 'same-origin' } }));
}

async function enrolment(browser, name) {
  const page = await browser.signIn(name);
  const [link] = elements(page.text, 'a').filter(({ attributes }) => /method=webauthn/.test(attributes.href));
  return browser.send(new URL(link.attributes.href, page.response.url).href);
}

async function enrol(name, key, how) {
  const browser = new Browser(server);
  const page = await enrolment(browser, name);
  (await send(browser, page, key.create(optionsOf(page), how))).redirectsTo(callback, { code: /./, state: 'xyz' });
}

async function enrolAndUse(name, key, how) {
  await enrol(name, key, how);
  const browser = new Browser(server);
  const page = await browser.signIn(name);
  const options = optionsOf(page);
  assert.equal(options.rpId, 'localhost');
  assert.equal(options.allowCredentials.length, 1);
  const answer = await send(browser, page, key.get(options));
  answer.redirectsTo(callback, { code: /./, state: 'xyz' });
  assert.deepEqual(claims((await browser.redeem(answer)).id_token).amr, ['pwd', 'mfa', 'pop']);
}

test('each algorithm is offered, enrolled and a second factor', async (t) => {
  const offered = optionsOf(await enrolment(new Browser(server), 'kim')).pubKeyCredParams.map(({ alg }) => alg);
  assert.deepEqual(offered, [-7, -8, -35, -36, -53, -257]);
  for (const [i, kind] of kinds.entries()) {
    await t.test(kind, () => enrolAndUse(`kind${i}`, new Authenticator(server.origin, { kind }), { format: i % 2 ? 'packed' : 'none' }));
  }
});

test('nobody asked for an attestation, and who is given one enrols all the same', async (t) => {
  const certificate = { list: [Buffer.from('any')] };
  const statements = {
    'by the key itself': { format: 'packed' },
    'by the key itself, which protects itself unasked': { format: 'packed', extensions: [['credProtect', 2]] },
    'by its maker': { format: 'packed', maker },
    'by its maker, and it protects itself unasked': { format: 'packed', maker, extensions: [['credProtect', 2]] },
    'by the maker of an old key': { format: 'fido-u2f', maker },
    'by a TPM': { format: 'tpm', statement: [['ver', '2.0'], ['alg', -65535], ['x5c', certificate], ['sig', Buffer.from('any')]] },
    'by Android': { format: 'android-key', statement: [['alg', -7], ['sig', Buffer.from('any')], ['x5c', certificate]] },
    'by Apple': { format: 'apple', statement: [['x5c', certificate]] },
    'by several': { format: 'compound', statement: { list: [[['fmt', 'apple']]] } },
    'in a format of the future': { format: 'x-2030', statement: 7 },
  };
  for (const [i, [what, how]] of Object.entries(statements).entries()) {
    await t.test(what, () => enrolAndUse(`made${i}`, new Authenticator(server.origin), how));
  }
});

test('wrong keys are limited as wrong codes are', async () => {
  const key = new Authenticator(server.origin);
  await enrol('rob', key);
  const browser = new Browser(server);
  let page = await browser.signIn('rob');
  for (let i = 0; i < 10; i++) {
    page = (await send(browser, page, key.get(optionsOf(page), { signature: randomBytes(70) }))).isPage(400);
  }
  assert.match(page.text, /That key does not fit/);
  const limited = await send(browser, page, key.get(optionsOf(page)));
  limited.isPage(429);
  assert.match(limited.header('retry-after'), /^\d+$/);
});

test('two tabs with one answer of a key: it counts once, and both end well', async () => {
  const key = new Authenticator(server.origin);
  await enrol('sol', key);
  const browser = new Browser(server);
  const page = await browser.signIn('sol');
  const said = key.get(optionsOf(page));
  const answers = await Promise.all([send(browser, page, said), send(browser, page, said)]);
  assert.ok(answers.some((answer) => answer.params.code));
  for (const answer of answers) assert.ok(answer.params.code || answer.status === 400, `${answer.status}`);
  const log = JSON.parse((await server.command('log', '--type', 'gd_auth_succeed', '--user', 'sol@example.com', '--json')).stdout);
  assert.equal(log.length, 2, 'the enrolment and this one');
  const back = await browser.send(page.response.url.href);
  assert.match(back.isPage(400).text, /out of date/);
});

test('an enrolment that is wrong in any part enrols nothing', async (t) => {
  const browser = new Browser(server);
  const page = await enrolment(browser, 'oto');
  const key = new Authenticator(server.origin);
  const lies = {
    'another type': { type: 'webauthn.get' },
    'another challenge': { client: { challenge: randomBytes(32).toString('base64url') } },
    'another origin': { client: { origin: 'http://evil.example' } },
    'in a frame of another site': { client: { crossOrigin: true } },
    'another relying party': { rpId: 'evil.example' },
    'nobody was there': { flags: 4 },
    'another id than the attested one': { id: randomBytes(32) },
    'packed, and the signature is another': { format: 'packed', signature: randomBytes(70) },
    'packed by its maker, and the signature is another': { format: 'packed', maker, signature: randomBytes(70) },
    'packed by somebody whose certificate is another': { format: 'packed', maker: { cert: maker.cert, key: selfSigned('/CN=x').key } },
    'packed without a certificate in its place': { format: 'packed', statement: [['alg', -7], ['sig', randomBytes(70)], ['x5c', { list: [] }]] },
    'of U2F, and the signature is another': { format: 'fido-u2f', maker, signature: randomBytes(70) },
    'of U2F without a certificate': { format: 'fido-u2f', statement: [['sig', randomBytes(70)]] },
    'none, and a signature': { statement: [['sig', randomBytes(70)]] },
    'a backup of what is not for backup': { flags: 0x15 },
    'no attestation at all': { attestation: Buffer.from([0xff]) },
    'something behind the attestation': { attestation: Buffer.concat([cbor([['fmt', 'none']]), Buffer.from([0])]) },
    'a key that promises too much': { key: Buffer.from('bb7fffffffffffffff', 'hex') },
    'a map without an end': { attestation: Buffer.from('bf63666d74', 'hex') },
    'a map that promises too much': { attestation: Buffer.from([0xbb, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]) },
  };
  for (const [what, lie] of Object.entries(lies)) {
    await t.test(what, async () => { (await send(browser, page, key.create(optionsOf(page), lie))).isPage(400); });
  }
  for (const text of ['', '{', '[]', '{"id":5}', '{"response":{"clientDataJSON":"e30"}}', 'x'.repeat(40_000)]) {
    await t.test(`an answer like ${text.slice(0, 40)}`, async () => { (await send(browser, page, text)).isPage(400); });
  }
  await t.test('a key that is too short', async () => {
    const short = new Authenticator(server.origin, { kind: 'RS256, 1024 bits' });
    (await send(browser, page, short.create(optionsOf(page)))).isPage(400);
  });
  await t.test('and the right one still does', async () => {
    (await send(browser, page, key.create(optionsOf(page)))).redirectsTo(callback, { code: /./, state: 'xyz' });
  });
});

test('a passkey signs in alone', async (t) => {
  const key = new Authenticator(server.origin);
  key.count = 10;
  await enrol('pia', key);
  const signInPage = async (browser) => browser.follow(await browser.authorize({}));
  const lies = {
    'another challenge': { client: { challenge: randomBytes(32).toString('base64url') } },
    'another origin': { client: { origin: 'http://evil.example' } },
    'the type of an enrolment': { type: 'webauthn.create' },
    'another relying party': { rpId: 'evil.example' },
    'nobody was there': { flags: 4 },
    'whoever was there is unknown': { flags: 1 },
    'a signature by somebody else': { signature: randomBytes(70) },
    'a credential that nobody has': { id: randomBytes(32) },
    'a count that went back': { count: 3 },
    'the handle of another user': { userHandle: randomBytes(32) },
  };
  for (const [what, lie] of Object.entries(lies)) {
    await t.test(`not with ${what}`, async () => {
      const browser = new Browser(server);
      const page = await signInPage(browser);
      const refused = await send(browser, page, key.get(optionsOf(page), lie));
      refused.isPage(400);
      assert.match(refused.text, /passkey is not known here/);
      assert.equal(browser.sessionCookie, undefined);
    });
  }
  const browser = new Browser(server);
  const page = await signInPage(browser);
  const said = key.get(optionsOf(page));
  await t.test('and counts as two factors', async () => {
    const answer = await send(browser, page, said);
    answer.redirectsTo(callback, { code: /./, state: 'xyz' });
    const token = claims((await browser.redeem(answer)).id_token);
    assert.deepEqual(token.amr, ['pop', 'mfa']);
  });
  await t.test('once', async () => {
    (await send(browser, page, said)).isPage(400);
    const thief = new Browser(server);
    (await send(thief, await signInPage(thief), said)).isPage(400);
  });
  await t.test('a key that is no passkey does not', async () => {
    const other = new Browser(server);
    const asked = await signInPage(other);
    const plain = new Authenticator(server.origin, { verifies: false });
    (await send(other, asked, plain.get(optionsOf(asked)))).isPage(400);
  });
});

// Somebody signs up with another's address, sets up a key, and waits: the owner of the address
// comes by a mailed link one day, and must be alone in there.
test('a passkey from before the address was proven does not open the account after', async (t) => {
  const mail = mailSink();
  const guest = { ...spa, client_id: 'guest', name: 'Guest', is_first_party: false };
  const people = ['proven', 'unproven'].map((name) => ({ email: `${name}@example.com`, password: `correct horse ${name}`, email_verified: name === 'proven' }));
  const at = await serve({ test: t, args: mail.args, tenant: defaultTenant({ users: people, clients: [spa, guest], guardianPolicies: { policies: ['all-applications'] } }) });
  for (const { email, email_verified: stays } of people) {
    await t.test(email, async () => {
      const key = new Authenticator(at.origin);
      const first = new Browser(at, { client: guest });
      const page = await enrolment(first, email);
      const consent = await send(first, page, key.create(optionsOf(page)));
      (await first.press(consent, {}, { action: 'accept' })).redirectsTo(callback, { code: /./, state: 'xyz' });
      const owner = new Browser(at);
      const [ask] = elements((await owner.follow(await owner.authorize())).text, 'a').filter(({ attributes }) => /u\/reset/.test(attributes.href));
      await owner.press(await owner.send(ask.attributes.href.replaceAll('&amp;', '&')), { username: email }, { action: 'reset' });
      const form = await owner.send((await mail.next(email)).links[0]);
      (await owner.press(form, { password: 'a staple of the tests' }, { action: 'password' })).isPage(200);
      const granted = query(at, `SELECT client_id FROM user_grant JOIN user_account USING (user_id) WHERE email = '${email}'`);
      assert.deepEqual(granted, stays ? [{ client_id: 'guest' }] : []);
      const other = new Browser(at);
      const login = await other.follow(await other.authorize({}));
      const answer = await send(other, login, key.get(optionsOf(login)));
      if (stays) answer.redirectsTo(callback, { code: /./, state: 'xyz' });
      else assert.match(answer.isPage(400).text, /passkey is not known here/);
    });
  }
});
