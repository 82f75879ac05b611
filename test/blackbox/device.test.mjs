// SPDX-License-Identifier: Apache-2.0
// Device authorization grant (RFC 8628): the device's two endpoints, and the page /activate with
// the person at it.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Browser, claims, spa } from '../support/browser.mjs';
import { byId } from '../support/html.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const grant = 'urn:ietf:params:oauth:grant-type:device_code';
const api = 'https://api.example';
const television = { name: 'Television', policy_uri: 'https://tv.example/privacy', logo_uri: 'https://tv.example/logo.png', client_id: 'tv', app_type: 'native', token_endpoint_auth_method: 'none',
  grant_types: [grant, 'refresh_token'] };
const radio = { ...television, name: 'Somebody\'s radio', client_id: 'radio', is_first_party: false };
const printer = { ...webApp, name: 'Printer', client_id: 'printer', grant_types: [grant] };

const tenantOf = (device_flow, changes) => defaultTenant({ tenant: { device_flow, support_email: 'help@example.com' }, clients: [spa, television, radio, printer],
  resourceServers: [{ name: 'Orders', identifier: api, scopes: [{ value: 'read:orders', description: 'See your orders' }] }], ...changes });
const server = await serve({ tenant: tenantOf({ interval: 1 }) });

class Device {
  constructor(client = television, at = server) {
    this.browser = new Browser(at, { client });
  }

  async ask(fields = {}, options = {}) {
    const { client } = this.browser;
    return this.browser.send('/oauth/device/code', { jar: undefined,
      form: { client_id: client.client_id, client_secret: client.client_secret, scope: 'openid', ...fields }, ...options });
  }

  async begin(fields) {
    const answer = await this.ask(fields);
    assert.equal(answer.status, 200, answer.text);
    this.codes = answer.response.json;
    return this;
  }

  poll(fields = {}) {
    return this.browser.token({ grant_type: grant, device_code: this.codes.device_code, ...fields });
  }

  async tokens() {
    const answer = await this.poll();
    assert.equal(answer.status, 200, answer.text);
    return answer.response.json;
  }
}

function refuses(answer, error, reason, status = 400) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.response.json.error, error, answer.text);
  assert.match(answer.response.json.error_uri, new RegExp(`/why/${reason}\\?`));
  answer.isNeverCached();
}

const said = (page) => byId(page.text, 'trouble')?.text ?? page.text;
const path = (uri) => uri.slice(server.origin.length);

/** The person's way from the code to the page after it. */
async function enter(browser, code) {
  const page = await browser.send('/activate');
  page.isPage(200);
  return browser.press(page, { user_code: code }, (button) => button.type === 'submit');
}

async function letIn(device, user = 'ana', browser = new Browser(device.browser.server)) {
  const asked = await browser.send(device.codes.verification_uri_complete);
  const after = await browser.press(asked, {}, { action: 'accept' });
  return after.forms.some((form) => form.controls.some((c) => c.id === 'username')) ? browser.fillIn(after, browser.user(user)) : after;
}

test('the answer to a device, member by member', async () => {
  const answer = await new Device().ask();
  assert.equal(answer.status, 200, answer.text);
  answer.isNeverCached();
  const codes = answer.response.json;
  assert.deepEqual(Object.keys(codes).sort(), ['device_code', 'expires_in', 'interval', 'user_code', 'verification_uri', 'verification_uri_complete']);
  assert.match(codes.device_code, /^[\w-]{43}$/);
  assert.match(codes.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  assert.equal(codes.verification_uri, `${server.issuer}activate`);
  assert.equal(codes.verification_uri_complete, `${server.issuer}activate?user_code=${codes.user_code}`);
  assert.equal(codes.expires_in, 900);
  assert.equal(codes.interval, 1);
});

test('typed by hand: signed in on the way, and the device gets its tokens once', async () => {
  const device = await new Device().begin({ scope: 'openid email offline_access' });
  refuses(await device.poll(), 'authorization_pending', 'device_pending');
  const browser = new Browser(server);
  const typed = device.codes.user_code.toLowerCase().replace('-', ' ');
  const asked = await enter(browser, typed);
  asked.isPage(200);
  assert.match(asked.text, /Television/);
  assert.match(asked.text, new RegExp(`<strong>${device.codes.user_code}</strong>`));
  const login = await browser.press(asked, {}, { action: 'accept' });
  const done = await browser.fillIn(login, browser.user('ana'));
  done.isPage(200);
  assert.match(done.text, /device is connected/);
  assert.match(done.text, /<p class="site">Tests<\/p>/);
  assert.match(done.text, /<a href="mailto:help@example\.com">/);
  const tokens = await device.tokens();
  assert.deepEqual(Object.keys(tokens).sort(), ['access_token', 'expires_in', 'id_token', 'refresh_token', 'scope', 'token_type']);
  const id = claims(tokens.id_token);
  assert.equal(id.aud, 'tv');
  assert.equal(id.iss, server.issuer);
  assert.ok(!('nonce' in id));
  const userinfo = await browser.send('/userinfo', { jar: undefined, headers: { Authorization: `Bearer ${tokens.access_token}` } });
  assert.equal(userinfo.response.json.email, 'ana@example.com');
  const renewed = await device.browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
  assert.equal(renewed.status, 200, renewed.text);

  refuses(await device.poll(), 'invalid_grant', 'code_reused');
  refuses(await device.browser.token({ grant_type: 'refresh_token', refresh_token: renewed.response.json.refresh_token }), 'invalid_grant', 'refresh_revoked');
});

test('the link that has the code, for somebody who is signed in: one press', async () => {
  const browser = new Browser(server);
  await browser.signIn('ben');
  const device = await new Device().begin({ audience: api, scope: 'openid read:orders' });
  const asked = await browser.send(device.codes.verification_uri_complete);
  assert.match(asked.text, /Orders/);
  assert.match(asked.text, /See your orders/);
  const done = await browser.press(asked, {}, { action: 'accept' });
  assert.match(done.text, /device is connected/);
  const at = claims((await device.tokens()).access_token);
  assert.equal(at.scope, 'openid read:orders');
  assert.deepEqual(at.aud, [api, `${server.issuer}userinfo`]);
  assert.equal(at.azp, 'tv');
  assert.match((await new Browser(server).send(device.codes.verification_uri_complete)).text, /No device waits/, 'single use');
});

test('a third party: consent, and what is not allowed is denied', async () => {
  const browser = new Browser(server);
  await browser.signIn('ana');
  const device = await new Device(radio).begin({ scope: 'openid profile' });
  const consent = await letIn(device, 'ana', browser);
  const after = await browser.press(consent, {}, { action: 'deny' });
  after.isPage(200);
  assert.match(after.text, /was not connected/);
  refuses(await device.poll(), 'access_denied', 'user_denied', 403);
  refuses(await device.poll(), 'access_denied', 'user_denied', 403);
  const again = await new Device(radio).begin({ scope: 'openid profile' });
  const allowed = await browser.press(await letIn(again, 'ana', browser), {}, { action: 'accept' });
  assert.match(allowed.text, /device is connected/);
  assert.equal((await again.tokens()).scope, 'openid profile');
});

test('turned away on the first page', async () => {
  const device = await new Device().begin();
  const browser = new Browser(server);
  const after = await browser.press(await enter(browser, device.codes.user_code), {}, { action: 'deny' });
  assert.match(after.text, /was not connected/);
  refuses(await device.poll(), 'access_denied', 'user_denied', 403);
});

test('who asks too fast is told to slow down, and waits longer each time', async (t) => {
  const slow = await serve({ tenant: tenantOf({ interval: 2 }), test: t });
  const device = await new Device(television, slow).begin();
  refuses(await device.poll(), 'authorization_pending', 'device_pending');
  refuses(await device.poll(), 'slow_down', 'device_too_fast');
  await sleep(2500);
  refuses(await device.poll(), 'slow_down', 'device_too_fast');
  await letIn(device);
  assert.equal((await device.poll()).status, 200, 'who is let in need not wait');
});

test('the interval kept, nobody is told to slow down', async () => {
  const device = await new Device().begin();
  for (let i = 0; i < 3; i++) {
    refuses(await device.poll(), 'authorization_pending', 'device_pending');
    await sleep(1050);
  }
});

test('a code that has run out', async (t) => {
  const quick = await serve({ tenant: tenantOf({ lifetime: 2 }), test: t });
  const device = await new Device(television, quick).begin();
  const browser = new Browser(quick);
  const asked = await browser.send(device.codes.verification_uri_complete);
  const login = await browser.press(asked, {}, { action: 'accept' });
  await sleep(2600);
  refuses(await device.poll(), 'expired_token', 'device_expired');
  const over = await browser.fillIn(login, browser.user('ana'));
  assert.equal(over.status, 400);
  assert.match(over.text, /code has run out/);
  assert.match((await browser.send(device.codes.verification_uri_complete)).text, /No device waits/);
  refuses(await device.poll(), 'expired_token', 'device_expired');
});

test('whose code it is', async () => {
  const device = await new Device().begin();
  await letIn(device);
  refuses(await device.browser.token({ grant_type: grant, device_code: device.codes.device_code, client_id: 'radio' }), 'invalid_grant', 'device_code_invalid');
  refuses(await device.poll({ device_code: `${device.codes.device_code}x` }), 'invalid_grant', 'device_code_invalid');
  refuses(await device.poll({ device_code: device.codes.user_code }), 'invalid_grant', 'device_code_invalid');
  refuses(await device.poll({ device_code: undefined }), 'invalid_request', 'request_invalid');
  refuses(await device.browser.token({ grant_type: 'authorization_code', code: device.codes.device_code, redirect_uri: 'x' }), 'unauthorized_client', 'grant_not_allowed');
  assert.equal((await device.poll()).status, 200, 'none of this used it up');
});

test('of many questions at once exactly one is answered with tokens', async () => {
  const device = await new Device().begin();
  await letIn(device);
  const answers = await Promise.all(Array.from({ length: 6 }, () => device.poll()));
  assert.equal(answers.filter((answer) => answer.status === 200).length, 1);
});

test('two people with one code: the first counts', async () => {
  const device = await new Device().begin();
  const [ana, ben] = [new Browser(server), new Browser(server)];
  const page = async (browser) => browser.press(await browser.send(device.codes.verification_uri_complete), {}, { action: 'accept' });
  const [of_ana, of_ben] = [await page(ana), await page(ben)];
  assert.match((await ana.fillIn(of_ana, ana.user('ana'))).text, /device is connected/);
  const late = await ben.fillIn(of_ben, ben.user('ben'));
  assert.equal(late.status, 400);
  const tokens = await device.tokens();
  const subject = claims((await ana.redeem(await ana.authorize({ prompt: 'none' }))).id_token).sub;
  assert.equal(claims(tokens.id_token).sub, subject);
});

test('who may ask: the client, its grant, its proof', async () => {
  refuses(await new Device(spa).ask(), 'unauthorized_client', 'grant_not_allowed');
  refuses(await new Device({ ...television, client_id: 'nobody' }).ask(), 'invalid_client', 'client_unknown', 401);
  refuses(await new Device({ ...printer, client_secret: 'wrong' }).ask(), 'invalid_client', 'client_authentication', 401);
  refuses(await new Device({ ...printer, client_secret: undefined }).ask(), 'invalid_client', 'client_authentication', 401);
  assert.equal((await new Device(printer).ask()).status, 200);
  const basic = Buffer.from(`${printer.client_id}:${printer.client_secret}`).toString('base64');
  const answer = await new Browser(server).send('/oauth/device/code', { jar: undefined, form: { scope: 'openid' }, headers: { Authorization: `Basic ${basic}` } });
  assert.equal(answer.status, 200, answer.text);
});

test('bad requests are the standard\'s errors, one line each', async () => {
  const device = new Device();
  for (const fields of [{ scope: 'a"b' }, { claims: '{' }, { max_age: '-1' }, { scope: ['openid', 'email'] }, { scope: '\u0000' }]) {
    const answer = await device.ask(fields);
    assert.equal(answer.status, 400, JSON.stringify(fields));
    assert.match(answer.response.json.error, /^invalid_(request|scope)$/);
    assert.match(answer.response.json.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  }
  refuses(await device.ask({ audience: 'https://nowhere.example' }), 'access_denied', 'request_invalid', 403);
  assert.equal((await device.browser.send('/oauth/device/code', { jar: undefined })).status, 405);
  assert.equal((await device.ask({ prompt: 'none', redirect_uri: 'https://evil.example', response_mode: 'web_message', id_token_hint: 'x' })).status, 200);
});

test('guesses are counted, and who made too many waits', async (t) => {
  const strict = await serve({ tenant: tenantOf({}, { attackProtection: { bruteForceProtection: { max_attempts: 3 } } }), test: t });
  const device = await new Device(television, strict).begin();
  const browser = new Browser(strict);
  for (let i = 0; i < 3; i++) assert.equal((await browser.send('/activate?user_code=BBBB-BBBB')).status, 400);
  const limited = await browser.send(device.codes.verification_uri_complete);
  assert.equal(limited.status, 429);
  assert.doesNotMatch(limited.text, /Television/);
});

test('so many wait and no more, from wherever they come', async (t) => {
  const small = await serve({ tenant: tenantOf({ waiting_most: 3, lifetime: 20 }), test: t });
  const refused = async () => {
    const answer = await new Device(printer, small).ask();
    refuses(answer, 'too_many_requests', 'too_many_requests', 429);
    assert.match(answer.response.json.error_description, /device_flow\.waiting_most/);
    assert.ok(Number(answer.header('retry-after')) > 0);
  };
  const devices = [];
  for (const client of [television, radio, printer]) devices.push(await new Device(client, small).begin());
  await refused();
  const person = new Browser(small);
  const asked = await person.send(devices[0].codes.verification_uri_complete.slice(small.origin.length));
  await person.press(asked, {}, { action: 'deny' });
  refuses(await devices[0].poll(), 'access_denied', 'user_denied', 403);
  await new Device(television, small).begin();
  await refused();
  await small.restart({ env: { TACIT_CLOCK_OFFSET: '21' } });
  for (let i = 0; i < 3; i++) await new Device(printer, small).begin();
  await refused();
});

test('a wrong code', async () => {
  const browser = new Browser(server);
  for (const code of ['BBBBBBBB', 'abc', '"><script>alert(1)</script>', '0'.repeat(40), '%00']) {
    const page = await enter(browser, code);
    assert.equal(page.status, 400, code);
    assert.match(said(page), /No device waits with this code/);
    assert.doesNotMatch(page.text, /<script>alert/);
  }
});

test('a form of another browser, of another code or of another site counts for nothing', async () => {
  const device = await new Device().begin();
  const second = await new Device().begin();
  const [mine, other] = [new Browser(server), new Browser(server)];
  const form = async (browser, { codes }) => Object.fromEntries((await browser.send(path(codes.verification_uri_complete))).forms.find((f) => f.method === 'POST').fields);
  const asked = await form(mine, device);
  const foreign = await form(other, device);
  const sent = (browser, fields, headers = {}) => browser.send('/activate', { form: { ...fields, action: 'deny' }, headers: { Origin: server.origin, ...headers } });
  assert.equal((await sent(mine, foreign)).status, 400);
  assert.equal((await sent(mine, { ...asked, user_code: second.codes.user_code })).status, 400);
  assert.equal((await sent(mine, { ...asked, flow: '' })).status, 400);
  assert.equal((await sent(mine, asked, { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' })).status, 400);
  assert.equal((await new Browser(server).send('/activate', { form: { ...asked, action: 'accept' } })).status, 400);
  refuses(await device.poll(), 'authorization_pending', 'device_pending');
  assert.equal((await sent(mine, asked)).status, 200);
});

test('a form without its token tells nobody which codes there are', async () => {
  const device = await new Device().begin();
  const ask = async (user_code) => (await new Browser(server).send('/activate', { form: { user_code, flow: 'x', action: 'accept' } })).text
    .replaceAll(user_code, 'CODE').replaceAll(user_code.replace('-', ''), 'CODE');
  assert.equal(await ask(device.codes.user_code), await ask('BBBB-BBBB'));
});

test('a picture on somebody\'s page looks nothing up', async () => {
  const device = await new Device().begin();
  const page = await new Browser(server).send(device.codes.verification_uri_complete, { headers: { 'Sec-Fetch-Dest': 'image' } });
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /Television/);
});

test('the page in three languages, kept on the way', async () => {
  const device = await new Device().begin();
  const browser = new Browser(server);
  const asked = await browser.send(`${device.codes.verification_uri_complete}&ui_locales=pt-BR`);
  assert.match(asked.text, /lang="pt-BR"/);
  const login = await browser.press(asked, {}, { action: 'accept' });
  assert.match(login.text, /lang="pt-BR"/);
  assert.match((await browser.fillIn(login, browser.user('ana'))).text, /dispositivo está conectado/);
  assert.match((await browser.send('/activate?ui_locales=es')).text, /Conectar un dispositivo/);
});

test('digits, where the tenant says so', async (t) => {
  const numbers = await serve({ tenant: tenantOf({ charset: 'digits' }), test: t });
  const device = await new Device(television, numbers).begin();
  assert.match(device.codes.user_code, /^\d{3}-\d{3}-\d{3}$/);
  await letIn(device);
  assert.equal((await device.poll()).status, 200);
});

test('a mask that is too short is refused with its name', async (t) => {
  await assert.rejects(serve({ tenant: tenantOf({ mask: '****' }), test: t }), /device_flow\.mask: must have at least 8/);
});

test('a user who is blocked meanwhile gets nothing', async (t) => {
  const own = await serve({ tenant: tenantOf({ interval: 1 }), test: t });
  const device = await new Device(television, own).begin();
  await letIn(device);
  const [ana, ...rest] = own.tenant.users;
  await own.apply({ ...own.tenant, users: [{ ...ana, blocked: true }, ...rest] });
  refuses(await device.poll(), 'invalid_grant', 'user_blocked');
});

test('no code of either kind is kept, and a restart loses nothing', async (t) => {
  const own = await serve({ tenant: tenantOf({ interval: 1 }), test: t });
  const device = await new Device(television, own).begin();
  await letIn(device);
  await own.crash();
  const [device_code, user_code] = [device.codes.device_code, device.codes.user_code.replace('-', '')];
  const kept = Buffer.concat(['default.db', 'default.db-wal'].map((name) => {
    try { return readFileSync(join(own.data, name)); } catch { return Buffer.alloc(0); }
  }));
  for (const secret of [device_code, user_code, device.codes.user_code, createHash('sha256').update(user_code).digest()]) assert.ok(!kept.includes(secret));
  assert.ok(kept.includes(createHash('sha256').update(device_code).digest()), 'the test looks where the row is');
  await own.restart();
  assert.equal((await device.poll()).status, 200);
});

test('discovery names it', async () => {
  const found = (await new Browser(server).send('/.well-known/openid-configuration')).response.json;
  assert.equal(found.device_authorization_endpoint, `${server.issuer}oauth/device/code`);
  assert.ok(found.grant_types_supported.includes(grant));
});
