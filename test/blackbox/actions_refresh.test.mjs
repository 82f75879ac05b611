// SPDX-License-Identifier: Apache-2.0
// Post-login actions run when a refresh token is exchanged (docs/actions.md; auth0-wire, 4.4).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { documentedCode, postLogin, tenantWith } from '../support/actions.mjs';
import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const offline = { scope: 'openid profile offline_access', audience: 'https://api.example' };

async function begin(server, { user = 'ana', params } = {}) {
  const browser = new Browser(server);
  return { browser, tokens: await browser.redeem(await browser.signIn(user, { ...offline, ...params })) };
}

const exchange = (browser, token, fields) => browser.token({ grant_type: 'refresh_token', refresh_token: token, ...fields });

async function renews(browser, token, fields) {
  const answer = await exchange(browser, token, fields);
  assert.equal(answer.status, 200, answer.text);
  return answer.response.json;
}

async function refuses(browser, token, { status = 400, error, words, reason }, fields) {
  const { status: got, response: { json }, text } = await exchange(browser, token, fields);
  assert.deepEqual([got, json.error], [status, error], text);
  assert.match(json.error_description, words);
  assert.match(json.error_uri, new RegExp(`/why/${reason}\\?id=`));
}

test('the event of an exchange', async () => {
  const server = await serve({ tenant: tenantWith({ look: postLogin(`
    const { transaction, request, session, refresh_token: token, authentication, client, resource_server } = event;
    api.idToken.setCustomClaim('seen', { protocol: transaction.protocol, silent: transaction.silent, scopes: transaction.requested_scopes, canRedirect: api.redirect.canRedirect(),
      method: request.method, query: request.query, body: request.body, sid: session?.id, methods: authentication.methods.map(({ name }) => name), client: client.client_id,
      api: resource_server?.identifier, token: token && { ...token, id: typeof token.id, created_at: Number.isFinite(Date.parse(token.created_at)), device: Object.keys(token.device) } });`) }) });
  const { browser, tokens } = await begin(server);
  assert.equal(claims(tokens.id_token).seen.token, undefined);
  const { sid, seen } = claims((await renews(browser, tokens.refresh_token, { extra: 'yes', scope: 'openid' })).id_token);
  assert.deepEqual(seen, {
    protocol: 'oauth2-refresh-token', silent: true, scopes: ['openid'], canRedirect: false, method: 'POST', query: {},
    body: { client_id: 'shop', grant_type: 'refresh_token', extra: 'yes', scope: 'openid' }, sid, methods: ['pwd'], client: 'shop', api: 'https://api.example',
    token: { id: 'string', client_id: 'shop', session_id: sid, rotating: seen.token.rotating, created_at: true, expires_at: seen.token.expires_at, idle_expires_at: seen.token.idle_expires_at,
      resource_servers: [{ audience: 'https://api.example', scopes: offline.scope }], device: ['last_ip'], metadata: {} },
  });
});

test('tokens say what this run says', async (t) => {
  const server = await serve({ tenant: tenantWith({ says: postLogin(`
    const renewing = event.transaction.protocol === 'oauth2-refresh-token';
    if (!renewing) api.idToken.setCustomClaim('first', true);
    api.idToken.setCustomClaim('renewed', renewing);
    api.accessToken.setCustomClaim('tier', renewing ? 2 : 1);
    if (renewing) { api.accessToken.addScope('write:orders'); api.accessToken.removeScope('profile'); }`) }) });
  const { browser, tokens } = await begin(server);
  await t.test('at the sign-in', () => {
    const { first, renewed } = claims(tokens.id_token);
    assert.deepEqual({ first, renewed }, { first: true, renewed: false });
    assert.equal(claims(tokens.access_token).tier, 1);
  });
  await t.test('and at the exchange; what is not said again is gone', async () => {
    const next = await renews(browser, tokens.refresh_token);
    const { first, renewed } = claims(next.id_token);
    assert.deepEqual({ first, renewed }, { first: undefined, renewed: true });
    const { tier, scope } = claims(next.access_token);
    assert.equal(tier, 2);
    assert.deepEqual([scope, next.scope], Array(2).fill('openid offline_access write:orders'));
    assert.equal((await renews(browser, next.refresh_token)).scope, next.scope, 'what was added is not kept');
  });
  await t.test('what the action added cannot be asked for', async () => {
    const one = await begin(server);
    await refuses(one.browser, one.tokens.refresh_token, { error: 'invalid_scope', words: /not granted/, reason: 'request_invalid' }, { scope: 'openid write:orders' });
  });
});

const mood = (body) => postLogin(`const renewing = event.transaction.protocol === 'oauth2-refresh-token'; const { mood } = event.request.body; if (renewing) { ${body} }`);

test('what an exchange is refused with, and that its token stays', async (t) => {
  const server = await serve({ tenant: tenantWith({ moody: { time_limit_in_ms: 400, code: mood(`
    if (mood === 'deny') api.access.deny('Not on Sundays');
    if (mood === 'throw') throw new Error('no');
    if (mood === 'hang') await new Promise(() => {});
    if (mood === 'loop') for (;;);
    if (mood === 'away') api.redirect.sendUserTo('https://app.example/');
    if (mood === 'factor') api.multifactor.enable('any');
    if (mood === 'much') api.idToken.setCustomClaim('big', 'x'.repeat(5000));`) } }) });
  const { browser, tokens } = await begin(server);
  const failed = { error: 'server_error', words: /^An action failed$/, reason: 'action_failed' };
  for (const [asked, how] of Object.entries({
    deny: { status: 403, error: 'access_denied', words: /^Not on Sundays$/, reason: 'action_denied' },
    throw: failed,
    hang: failed,
    loop: failed,
    much: failed,
    away: { error: 'interaction_required', words: /^External interaction required$/, reason: 'action_redirect' },
    factor: { status: 403, error: 'mfa_required', words: /^Multifactor authentication required$/, reason: 'mfa_required' },
  })) {
    await t.test(asked, () => refuses(browser, tokens.refresh_token, how, { mood: asked }));
  }
  await t.test('none of it used up the token, nor its successor', async () => {
    const next = await renews(browser, tokens.refresh_token);
    await refuses(browser, next.refresh_token, { status: 403, error: 'access_denied', words: /Sundays/, reason: 'action_denied' }, { mood: 'deny' });
    const later = await renews(browser, next.refresh_token);
    assert.notEqual(later.refresh_token, next.refresh_token);
  });
  await t.test('a token that is no good is refused before any action is asked', async () => {
    await refuses(browser, 'nonsense', { error: 'invalid_grant', words: /invalid refresh token/, reason: 'refresh_invalid' }, { mood: 'throw' });
  });
});

test('two tabs at once get the same successor, and both are asked', async () => {
  const server = await serve({ tenant: tenantWith({ slow: mood("await new Promise((done) => setTimeout(done, 30)); api.idToken.setCustomClaim('ran', true);") }) });
  const { browser, tokens } = await begin(server);
  const answers = await Promise.all(Array.from({ length: 6 }, () => renews(browser, tokens.refresh_token)));
  assert.equal(new Set(answers.map(({ refresh_token: token }) => token)).size, 1);
  for (const { id_token: token } of answers) assert.equal(claims(token).ran, true);
});

test('the refresh token in the hands of an action', async (t) => {
  const server = await serve({ tenant: tenantWith({ hands: mood(`
    api.idToken.setCustomClaim('metadata', event.refresh_token.metadata);
    if (mood === 'note') api.refreshToken.setMetadata('times', String(1 + Number(event.refresh_token.metadata.times ?? 0)));
    if (mood === 'evict') api.refreshToken.evictMetadata();
    if (mood === 'revoke') api.refreshToken.revoke('This device was reported stolen');
    if (mood === 'short') api.refreshToken.setExpiresAt(Date.now() + 60_000);
    if (mood === 'session') api.session.revoke('All over');`) }) });
  await t.test('metadata', async () => {
    const { browser, tokens } = await begin(server);
    let at = tokens;
    for (const expected of [{}, { times: '1' }, { times: '2' }]) {
      at = await renews(browser, at.refresh_token, { mood: 'note' });
      assert.deepEqual(claims(at.id_token).metadata, expected);
    }
    at = await renews(browser, at.refresh_token, { mood: 'evict' });
    at = await renews(browser, at.refresh_token);
    assert.deepEqual(claims(at.id_token).metadata, {});
  });
  await t.test('revoked', async () => {
    const { browser, tokens } = await begin(server);
    await refuses(browser, tokens.refresh_token, { error: 'invalid_grant', words: /invalid refresh token: This device was reported stolen/, reason: 'refresh_revoked' }, { mood: 'revoke' });
    await refuses(browser, tokens.refresh_token, { error: 'invalid_grant', words: /invalid refresh token/, reason: 'refresh_revoked' });
    (await browser.silently()).postsMessage(spa.web_origins[0], { code: /./, state: 'xyz' });
  });
  await t.test('with the session', async () => {
    const { browser, tokens } = await begin(server);
    await refuses(browser, tokens.refresh_token, { status: 403, error: 'access_denied', words: /All over/, reason: 'action_denied' }, { mood: 'session' });
    await refuses(browser, tokens.refresh_token, { error: 'invalid_grant', words: /invalid refresh token/, reason: 'session_ended' });
    (await browser.silently()).because('session_revoked');
  });
  await t.test('an end that comes nearer', async () => {
    const { browser, tokens } = await begin(server);
    const next = await renews(browser, tokens.refresh_token, { mood: 'short' });
    await server.restart({ env: { TACIT_CLOCK_OFFSET: '61' } });
    await refuses(browser, next.refresh_token, { error: 'invalid_grant', words: /expired/, reason: 'refresh_expired' });
  });
});

test('a second factor, once per session, in an exchange', async (t) => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const person = (name) => ({ email: `${name}@example.com`, email_verified: true, password: `correct horse ${name}`,
    authentication_methods: [{ type: 'totp', totp_secret: secret }] });
  const seed = documentedCode('actions.md', '## Second factor once per session');
  const server = await serve({ tenant: tenantWith({ 'mfa-once': seed }, { users: [person('ana'), person('ben')] }) });
  await awaitFreshStep(15_000);
  await t.test('proven in the session, it is not asked for', async () => {
    const browser = new Browser(server);
    const page = await browser.signIn('ana', offline);
    const tokens = await browser.redeem(await browser.press(page, { code: totp(secret, -1) }, { action: 'verify' }));
    const next = await renews(browser, tokens.refresh_token);
    assert.ok(claims(next.id_token).amr.includes('mfa'));
  });
  await t.test('where a remembered browser excused, it excuses here too', async () => {
    const browser = new Browser(server);
    const page = await browser.signIn('ben', offline);
    await browser.press(page, { code: totp(secret, -1), 'remember-browser': '1' }, { action: 'verify' });
    await browser.send('/v2/logout');
    const tokens = await browser.redeem(await browser.signIn('ben', offline));
    assert.ok(!claims(tokens.id_token).amr.includes('mfa'));
    await renews(browser, (await renews(browser, tokens.refresh_token)).refresh_token);
  });
});

test('without a bound action, claims of the sign-in stay', async () => {
  const bound = tenantWith({ says: postLogin("api.idToken.setCustomClaim('said', 'once');") });
  const server = await serve({ tenant: bound });
  const { browser, tokens } = await begin(server);
  await server.halt();
  server.writeTenant({ ...bound, triggers: { 'post-login': [] } });
  await server.restart();
  assert.equal(claims((await renews(browser, tokens.refresh_token)).id_token).said, 'once');
});
