// SPDX-License-Identifier: Apache-2.0
// api.authentication.challengeWith and its likes: the run stops until a named factor is proven,
// and goes on behind it (docs/actions.md; auth0-wire, 4.3).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { applied, postLogin, tenantWith } from '../support/actions.mjs';
import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { byId } from '../support/html.mjs';
import { mailSink } from '../support/mail.mjs';
import { serve } from '../support/server.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];
const granted = { code: /./, state: 'xyz' };
const refused = refusal('login_required', 'Multifactor authentication required');
const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const person = (name, more = {}) => ({ email: `${name}@example.com`, email_verified: true, password: `correct horse ${name}`,
  authentication_methods: [{ type: 'totp', totp_secret: secret }], ...more });
const people = [...['ana', 'ben', 'cleo', 'dan', 'eva'].map((name) => person(name)), person('flo', { authentication_methods: undefined })];
const withMail = { guardianFactors: ['otp', 'email', 'recovery-code', 'webauthn-roaming'].map((name) => ({ name, enabled: true })), users: people };

const mail = mailSink();
const codeFor = async (name) => /^(\d{6})\r?$/m.exec((await mail.next(`${name}@example.com`)).text)[1];
const verify = (browser, page, code) => browser.press(page, { code }, { action: 'verify' });
const isAsked = (page) => { page.isPage(200); assert.match(page.response.url.href, /\/u\/mfa\?state=/); };
const counts = (name) => postLogin(`globalThis.${name} = (globalThis.${name} ?? 0) + 1; api.idToken.setCustomClaim('${name}', globalThis.${name});`);
const after = postLogin("api.idToken.setCustomClaim('seen', event.authentication.methods.map(({ name, type }) => type ?? name));");
const silentToken = async (browser) => claims((await browser.silently({ response_type: 'id_token' })).params.id_token);

test('a challenge stops the run, and what comes behind it runs when it is met', async (t) => {
  const server = await serve({ tenant: tenantWith({
    before: `${counts('before')}`,
    asks: postLogin("api.user.setAppMetadata('asked', true); api.authentication.challengeWith({ type: 'otp' });"),
    after,
  }, { users: people }) });
  await awaitFreshStep(20_000);
  const browser = new Browser(server);
  const page = await browser.signIn('ana', { response_type: 'id_token' });
  const metadata = async () => JSON.parse((await server.command('user', 'show', 'ana@example.com', '--json')).stdout).app_metadata ?? {};
  await t.test('a person is asked, silence is refused, and the trace names the action', async () => {
    isAsked(page);
    (await browser.silently()).postsMessage(origin, refused).because('mfa_required');
  });
  await t.test('nothing is written before it is met', async () => assert.deepEqual(await metadata(), {}));
  await t.test('going back by hand leads to the same page', async () => {
    const state = new URL(page.response.url.href).searchParams.get('state');
    for (let i = 0; i < 2; i++) isAsked(await browser.follow(await browser.send('/authorize/resume', { query: { state } })));
  });
  await t.test('a wrong code does not meet it', async () => (await verify(browser, page, totp(secret, 9))).isPage(400));
  await t.test('the right one does: the actions before are not run again, those behind it see it', async () => {
    const answer = await verify(browser, page, totp(secret, -1));
    const { before, seen } = claims(answer.params.id_token);
    assert.deepEqual(seen, ['pwd', 'otp']);
    assert.equal(before, 1);
    assert.deepEqual(await metadata(), { asked: true });
    const next = await silentToken(browser);
    assert.equal(next.before, 3, 'one run for the whole sign-in, one for the refused silence, and one now');
    assert.deepEqual(next.seen, ['pwd', 'otp']);
  });
  await t.test('cancelled, it ends the sign-in', async () => {
    const other = new Browser(server);
    const asked = await other.signIn('ben');
    (await other.press(asked, {}, { action: 'deny' })).redirectsTo(callback, refusal('access_denied', 'User did not authorize the request'));
    assert.equal((await other.silently()).reason, 'mfa_required');
  });
});

test('one challenge after the other, each by its own factor', async (t) => {
  const server = await serve({ args: mail.args, tenant: tenantWith({
    first: postLogin("api.authentication.challengeWithAny([{ type: 'email' }]);"),
    second: postLogin("api.authentication.challengeWith({ type: 'phone' }, { additionalFactors: [{ type: 'otp' }] });"),
    after,
  }, withMail) });
  await awaitFreshStep(20_000);
  const browser = new Browser(server);
  const first = await browser.signIn('cleo', { response_type: 'id_token' });
  await t.test('the first asks for a code by mail only', () => {
    isAsked(first);
    assert.doesNotMatch(first.text, /method=otp|method=recovery-code/);
  });
  let second;
  await t.test('met, it leads to the second, which asks for the app only', async () => {
    second = await verify(browser, first, await codeFor('cleo'));
    isAsked(second);
    assert.doesNotMatch(second.text, /method=email/);
    (await browser.silently()).because('mfa_required');
  });
  await t.test('both are of the session, and silence passes', async () => {
    const answer = await verify(browser, second, totp(secret, -1));
    assert.deepEqual(claims(answer.params.id_token).seen, ['pwd', 'email', 'otp']);
    assert.deepEqual(claims(answer.params.id_token).amr, ['pwd', 'mfa', 'email', 'otp']);
    for (let i = 0; i < 2; i++) assert.deepEqual((await silentToken(browser)).seen, ['pwd', 'email', 'otp']);
  });
  await t.test('a new session is asked for both again', async () => {
    const other = new Browser(server);
    isAsked(await other.signIn('cleo'));
  });
});

test('a challenge and a redirect in one sign-in', async () => {
  const server = await serve({ tenant: tenantWith({
    asks: postLogin("api.authentication.challengeWith({ type: 'otp' });"),
    sends: `${postLogin("if (!event.authentication.methods.some(({ name }) => name === 'https://example.com/seen')) api.redirect.sendUserTo('http://app.localhost:9/look');")}
      exports.onContinuePostLogin = async (event, api) => { api.authentication.recordMethod('https://example.com/seen'); };`,
    after,
  }, { users: people }) });
  await awaitFreshStep(20_000);
  const browser = new Browser(server);
  const page = await browser.signIn('dan', { response_type: 'id_token' });
  isAsked(page);
  const away = await verify(browser, page, totp(secret, -1));
  assert.equal(away.redirect.uri, 'http://app.localhost:9/look');
  const answer = await browser.follow(await browser.send(`/continue?state=${away.redirect.params.state}`));
  assert.deepEqual(claims(answer.params.id_token).seen, ['pwd', 'otp'], 'the method is recorded when the run is over');
  assert.deepEqual((await silentToken(browser)).seen, ['pwd', 'otp', 'https://example.com/seen']);
});

test('other actions that are bound meanwhile begin anew', async () => {
  const asks = postLogin("api.authentication.challengeWith({ type: 'otp' });");
  const server = await serve({ tenant: tenantWith({ asks }, { users: people }) });
  await awaitFreshStep(20_000);
  const browser = new Browser(server);
  const page = await browser.signIn('ben');
  isAsked(page);
  await applied(server, tenantWith({ guard: postLogin("api.access.deny('Closed');"), asks }, { users: people }));
  (await verify(browser, page, totp(secret, -1))).redirectsTo(callback, refusal('access_denied', 'Closed'));
});

test('who has nothing of what is named', async (t) => {
  const server = await serve({ tenant: tenantWith({ asks: postLogin("api.authentication.challengeWith({ type: 'webauthn-roaming' });") }, { users: people }) });
  await awaitFreshStep(20_000);
  await t.test('is asked for what they have', async () => {
    const browser = new Browser(server);
    const page = await browser.signIn('eva');
    isAsked(page);
    (await verify(browser, page, totp(secret, -1))).redirectsTo(callback, granted);
    (await browser.silently()).postsMessage(origin, granted);
  });
  await t.test('enrols one, who has none', async () => {
    const other = await serve({ tenant: tenantWith({ asks: postLogin("api.authentication.enrollWithAny([{ type: 'otp' }, { type: 'push-notification' }]);") }, { users: people }), test: t });
    const browser = new Browser(other);
    const page = await browser.signIn('flo');
    const key = byId(page.text, 'secret').text;
    assert.doesNotMatch(page.text, /method=webauthn/, 'only what was named');
    (await verify(browser, page, totp(key, -1))).redirectsTo(callback, granted);
    (await browser.silently()).postsMessage(origin, granted);
    isAsked(await new Browser(other).signIn('flo'));
  });
});

test('the provider of multifactor.enable names factors', async () => {
  const server = await serve({ args: mail.args, tenant: tenantWith({ asks: postLogin("if (!event.authentication.methods.some(({ name }) => name === 'mfa')) api.multifactor.enable('google-authenticator');") },
    { ...withMail, tenant: { friendly_name: 'Tests', email_factor_beside_others: true } }) });
  const page = await new Browser(server).signIn('ana');
  isAsked(page);
  assert.doesNotMatch(page.text, /method=email/);
  assert.ok(byId(page.text, 'code'));
});

test('an exchange of a refresh token cannot be challenged', async () => {
  const server = await serve({ tenant: tenantWith({ asks: postLogin("if (event.transaction.protocol === 'oauth2-refresh-token') api.authentication.challengeWith({ type: 'otp' });") }, { users: people }) });
  const browser = new Browser(server);
  const tokens = await browser.redeem(await browser.signIn('ana', { scope: 'openid offline_access' }));
  const { status, response: { json } } = await browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
  assert.deepEqual([status, json.error], [403, 'mfa_required']);
});

test('wrong calls', async (t) => {
  const wrong = {
    'no list': 'api.authentication.challengeWithAny();',
    'an empty list': 'api.authentication.challengeWithAny([]);',
    'no factor': 'api.authentication.challengeWith();',
    'a word for a factor': "api.authentication.challengeWith('otp');",
    'a factor that there is not': "api.authentication.challengeWith({ type: 'blood' });",
    'a factor by a trick': "api.authentication.challengeWith({ type: '__proto__' });",
    'only what is not here': "api.authentication.enrollWith({ type: 'phone' }, { additionalFactors: [{ type: 'push-notification' }] });",
    'ten thousand factors': "api.authentication.challengeWithAny(Array.from({ length: 10000 }, () => ({ type: 'otp' })));",
    'no list of others': "api.authentication.challengeWith({ type: 'otp' }, { additionalFactors: 7 });",
  };
  const list = Object.entries(wrong).map(([name, body]) => `${JSON.stringify(name)}: () => { ${body} }`);
  const server = await serve({ tenant: tenantWith({ does: postLogin(`const deed = { ${list.join(',\n')} }[event.request.query.deed]; if (deed) deed();`) }, { users: people }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  for (const deed of Object.keys(wrong)) {
    await t.test(deed, async () => (await browser.authorize({ deed })).redirectsTo(callback, refusal('server_error', 'An action failed')).because('action_failed'));
  }
});
