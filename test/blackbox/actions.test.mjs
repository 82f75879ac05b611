// SPDX-License-Identifier: Apache-2.0
// Actions at sign-in: the how-to's code word for word, what each call does, and redirects.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { documentedCode, postLogin, tenantWith, until } from '../support/actions.mjs';
import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { users } from '../support/tenant.mjs';
import { awaitFreshStep, totp } from '../support/totp.mjs';

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];
const granted = { code: /./, state: 'xyz' };

const seed = documentedCode('actions.md', '## Second factor once per session');

async function idToken(browser, params = {}) {
  return claims((await browser.silently({ response_type: 'id_token', ...params })).params.id_token);
}

test('the code of the seed, word for word', async (t) => {
  const secret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const person = (name) => ({ email: `${name}@example.com`, email_verified: true, password: `correct horse ${name}`,
    authentication_methods: [{ type: 'totp', totp_secret: secret }] });
  const server = await serve({ tenant: tenantWith({ 'mfa-once': seed }, { users: [person('ana'), person('ben')] }) });
  const browser = new Browser(server);
  const isAsked = (page) => assert.match(page.response.url.href, /\/u\/mfa\?state=/);
  const refused = refusal('login_required', 'Multifactor authentication required');
  await awaitFreshStep(15_000);

  await t.test('the first sign-in asks for the factor, and until then silence is refused', async () => {
    const page = await browser.signIn('ana');
    isAsked(page);
    (await browser.silently()).postsMessage(origin, refused).because('mfa_required');
    (await browser.press(page, { code: totp(secret, -1) }, { action: 'verify' })).redirectsTo(callback, granted);
  });
  await t.test('silent renewals pass', async () => {
    for (let i = 0; i < 3; i++) (await browser.silently()).postsMessage(origin, granted);
    const { amr } = await idToken(browser);
    assert.ok(amr.includes('mfa'), amr.join(' '));
  });
  await t.test('a new session asks again', async () => {
    const other = new Browser(server);
    isAsked(await other.signIn('ana'));
    (await other.silently()).postsMessage(origin, refused).because('mfa_required');
  });
  await t.test('a browser that was asked to remember does not', async () => {
    const kept = new Browser(server);
    const page = await kept.signIn('ben');
    (await kept.press(page, { code: totp(secret, -1), 'remember-browser': '1' }, { action: 'verify' })).redirectsTo(callback, granted);
    await kept.send('/v2/logout');
    (await kept.signIn('ben')).redirectsTo(callback, granted);
    (await kept.silently()).postsMessage(origin, granted);
  });
});

test('the wish is fulfilled by a method of the session', async () => {
  // The factor's own page has tests of its own; here an action records what it would.
  const code = `
    exports.onExecutePostLogin = async (event, api) => {
      const done = event.authentication.methods.find((method) => method.name === 'https://example.com/checked');
      if (!done) api.redirect.sendUserTo('http://app.localhost:9/check');
    };
    exports.onContinuePostLogin = async (event, api) => { api.authentication.recordMethod('https://example.com/checked'); };`;
  const server = await serve({ tenant: tenantWith({ check: code }) });
  const browser = new Browser(server);
  const away = await browser.signIn('ana');
  const { state } = away.redirect.params;
  (await browser.follow(await browser.send(`/continue?state=${state}`))).redirectsTo(callback, granted);
  (await browser.silently()).postsMessage(origin, granted);
  const other = new Browser(server);
  assert.equal((await other.signIn('ana')).redirect.uri, 'http://app.localhost:9/check', 'a new session asks again');
});

test('row 15: deny', async (t) => {
  const server = await serve({ tenant: tenantWith({ sundays: postLogin("if (event.user.email.startsWith('ben')) api.access.deny('Not on Sundays');") }) });
  await t.test('a person is sent back with the text', async () => {
    (await new Browser(server).signIn('ben')).redirectsTo(callback, refusal('access_denied', 'Not on Sundays')).because('action_denied');
    (await new Browser(server).signIn('ana')).redirectsTo(callback, granted);
  });
  await t.test('explain names the action', async () => {
    const browser = new Browser(server);
    await browser.signIn('ben');
    const answer = (await browser.silently()).postsMessage(origin, refusal('access_denied', 'Not on Sundays'));
    let explained;
    await until(async () => {
      explained = await server.command('explain', answer.requestId, '--json');
      return explained.code === 0;
    }, 'the trace is written');
    const { facts } = JSON.parse(explained.stdout);
    assert.equal(facts?.action ?? JSON.parse(facts).action, 'sundays');
  });
});

test('claims and scopes', async (t) => {
  const code = postLogin(`
    api.idToken.setCustomClaim('https://example.com/role', 'admin');
    api.idToken.setCustomClaim('sub', 'somebody else');
    api.idToken.setCustomClaim('email', 'evil@example.com');
    api.accessToken.setCustomClaim('https://example.com/tier', { gold: true });
    api.accessToken.setCustomClaim('scope', 'everything');
    api.accessToken.addScope('write:orders');
    api.accessToken.removeScope('profile');`);
  const server = await serve({ tenant: tenantWith({ claims: code }) });
  const browser = new Browser(server);
  const first = await browser.signIn('ana', { scope: 'openid profile offline_access', audience: 'https://api.example' });
  const tokens = await browser.redeem(first);
  const looksRight = ({ id_token: one, access_token: other, scope }) => {
    const id = claims(one);
    const access = claims(other);
    assert.equal(id['https://example.com/role'], 'admin');
    assert.notEqual(id.sub, 'somebody else');
    assert.equal(id.email, undefined);
    assert.deepEqual(access['https://example.com/tier'], { gold: true });
    assert.deepEqual(access.scope.split(' ').sort(), ['offline_access', 'openid', 'write:orders']);
    assert.deepEqual(scope.split(' ').sort(), ['offline_access', 'openid', 'write:orders']);
  };
  await t.test('in tokens from a code', () => looksRight(tokens));
  await t.test('in tokens from a refresh token', async () => {
    const again = await browser.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh_token });
    looksRight(again.response.json);
  });
  await t.test('in tokens from the front', async () => {
    assert.equal((await idToken(browser))['https://example.com/role'], 'admin');
  });
});

test('the event', async (t) => {
  const code = postLogin(`
    const { user, client, authentication, transaction, request, session, connection, resource_server, stats, tenant } = event;
    api.idToken.setCustomClaim('seen', { user: user.email, role: user.app_metadata.role, given: user.given_name, client: client.name, metadata: client.metadata,
      methods: authentication.methods.map(({ name, timestamp }) => [name, Number.isFinite(Date.parse(timestamp))]), silent: transaction.silent,
      prompt: transaction.prompt, protocol: transaction.protocol, scopes: transaction.requested_scopes, query: request.query.extra, ip: request.ip,
      sid: session.id, connection: connection.strategy, api: resource_server?.identifier, logins: stats.logins_count, tenant: tenant.id, secret: event.secrets.KEY });`);
  const action = { code, secrets: [{ name: 'KEY', value: 'hidden' }] };
  const people = [{ ...users[0], app_metadata: { role: 'cook' } }, users[1]];
  const clients = [{ ...spa, client_metadata: { colour: 'red' } }];
  const server = await serve({ tenant: tenantWith({ look: action }, { users: people, clients }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const { seen, sid } = await idToken(browser, { scope: 'openid', extra: 'yes', audience: 'https://api.example' });
  await t.test('has what is known', () => assert.deepEqual(seen, {
    user: 'ana@example.com', role: 'cook', given: 'Ana', client: 'Shop', metadata: { colour: 'red' }, methods: [['pwd', true]], silent: true, prompt: ['none'],
    protocol: 'oidc-implicit-profile', scopes: ['openid'], query: 'yes', ip: '127.0.0.1', sid, connection: 'auth0', api: 'https://api.example', logins: 1,
    tenant: 'default', secret: 'hidden' }));
  await t.test('and no secret is in the export', async () => {
    const { stdout } = await server.command('export');
    assert.match(stdout, /KEY/);
    assert.doesNotMatch(stdout, /hidden|versions/);
  });
});

test('the event is an object like others', async (t) => {
  const looks = (more = '') => postLogin(`${more}
    const whole = JSON.parse(JSON.stringify(event));
    api.idToken.setCustomClaim('seen', { keys: Object.keys(event).sort(), copied: Object.keys({ ...event }).length, json: whole.user.email, has: 'client' in event, hasNot: 'refresh_token' in event,
      none: event.refresh_token === undefined, own: Object.hasOwn(event, 'session'), proto: Object.getPrototypeOf(event) === Object.prototype, odd: event['user=0:5,x'] === undefined && event.constructor === Object,
      same: event.user === event.user, name: event.user.name });
    event.client = { name: 'mine' }; delete event.connection; event.transaction.metadata.note = 'x';`);
  const after = postLogin("api.idToken.setCustomClaim('after', [event.client, event.connection === undefined, 'connection' in event, event.transaction.metadata.note]);");
  const quote = 'Ana "Quote\\" {[,';
  const cases = { 'read in parts': ['', quote], 'read whole, since the action may look past it': ['structuredClone(event);', quote],
    'with more than ASCII in it': ['', 'Änä "Quote\\" 🦊 {[,'] };
  for (const [title, [more, name]] of Object.entries(cases)) {
    await t.test(title, async (tt) => {
      const server = await serve({ tenant: tenantWith({ looks: looks(more), after }, { users: [{ ...users[0], name }] }), test: tt });
      const { seen, after: left } = claims((await new Browser(server).signIn('ana', { response_type: 'id_token' })).params.id_token);
      const keys = ['authentication', 'client', 'configuration', 'connection', 'request', 'secrets', 'session', 'stats', 'tenant', 'transaction', 'user'];
      assert.deepEqual(seen, { keys, copied: keys.length, json: 'ana@example.com', has: true, hasNot: false, none: true, own: true, proto: true, odd: true, same: true, name });
      assert.deepEqual(left, [{ name: 'mine' }, true, false, 'x']);
    });
  }
  await t.test('printed, it is whole', async () => {
    const server = await serve({ tenant: tenantWith({ prints: postLogin('console.log(event);') }) });
    await new Browser(server).signIn('ana');
    let text = '';
    await until(async () => {
      text = (await server.command('action', 'log', '--json')).stdout;
      return text.includes('actions_log');
    }, 'the run is in the log');
    for (const part of ['ana@example.com', 'Shop', 'oidc-basic-profile', 'Username-Password-Authentication']) assert.ok(text.includes(part), part);
  });
});

test('several actions, in their order', async (t) => {
  const server = await serve({ tenant: tenantWith({
    first: postLogin("api.transaction.setMetadata('colour', 'red'); api.multifactor.enable('any'); api.idToken.setCustomClaim('order', ['first']);"),
    second: postLogin("api.multifactor.enable('none'); api.idToken.setCustomClaim('order', ['first', event.transaction.metadata.colour, 'second']);"),
  }) });
  const browser = new Browser(server);
  await t.test('the last wish for a factor wins', async () => (await browser.signIn('ana')).redirectsTo(callback, granted));
  await t.test('and what one sets the next one sees', async () => assert.deepEqual((await idToken(browser)).order, ['first', 'red', 'second']));
});

test('metadata, and what silence writes', async () => {
  const code = postLogin(`
    api.user.setAppMetadata('plain', event.transaction.silent ? 'silent' : 'loud');
    api.user.setUserMetadata('gone', null);
    api.user.setAppMetadata('asked', event.transaction.silent ? 'silent' : 'loud', { silent: true });`);
  const skipped = `exports.onSilent = 'skip';\n${postLogin("api.idToken.setCustomClaim('skipped', 'no');")}`;
  const people = [{ ...users[0], user_metadata: { gone: 1, kept: 2 } }];
  const server = await serve({ tenant: tenantWith({ note: code, skipped }, { users: people }) });
  const browser = new Browser(server);
  const first = await browser.signIn('ana', { response_type: 'id_token' });
  assert.equal(claims(first.params.id_token).skipped, 'no');
  assert.equal((await idToken(browser)).skipped, undefined, 'an action may stay out of silence');
  const { stdout } = await server.command('user', 'show', 'ana@example.com', '--json');
  const user = JSON.parse(stdout);
  assert.deepEqual(user.app_metadata, { plain: 'loud', asked: 'silent' });
  assert.deepEqual(user.user_metadata, { kept: 2 });
});

test('sessions: an end that comes nearer, and one that is there', async () => {
  const server = await serve({ tenant: tenantWith({ short: postLogin(`
    if (event.user.email.startsWith('ben')) api.session.revoke('Not in this house');
    else api.session.setExpiresAt(Date.now() + 60_000);`) }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  (await browser.silently()).postsMessage(origin, granted);
  const other = new Browser(server);
  (await other.signIn('ben')).redirectsTo(callback, refusal('access_denied', 'Not in this house'));
  (await other.silently()).because('session_revoked');
  await server.restart({ env: { TACIT_CLOCK_OFFSET: '61' } });
  (await browser.silently()).postsMessage(origin, refusal('login_required', 'Login required')).because('session_expired');
});

/** What the outside page answers with (docs/actions.md). */
function answerToken(secret, payload) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode({ exp: Math.floor(Date.now() / 1000) + 60, ...payload })}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

test('redirects', async (t) => {
  const terms = documentedCode('actions.md', '## Sending the person elsewhere').replace(' || !api.redirect.canRedirect()', '');
  const before = postLogin("api.idToken.setCustomClaim('ran', (globalThis.ran = (globalThis.ran ?? 0) + 1)); api.transaction.setMetadata('a', 1);");
  const after = postLogin("api.idToken.setCustomClaim('after', event.transaction.metadata.a);");
  const server = await serve({ tenant: tenantWith({ before, terms: { code: terms, secrets: [{ name: 'TERMS', value: 'shared' }] }, after }) });
  const leave = async (browser, params) => {
    const away = await browser.signIn('ana', params);
    assert.equal(away.redirect.uri, 'https://app.example/terms');
    const { state, session_token: token } = away.redirect.params;
    return { state, given: claims(token), token };
  };
  const back = (browser, state, payload) => browser.send('/continue', { query: { state, session_token: answerToken('shared', payload) } });

  await t.test('row 16: not in silence', async () => {
    const browser = new Browser(server);
    await leave(browser);
    for (const mode of ['web_message', 'query', 'fragment', 'form_post']) {
      const answer = await browser.authorize({ prompt: 'none', response_mode: mode });
      assert.deepEqual([answer.params.error, answer.params.error_description], ['interaction_required', 'External interaction required']);
      answer.because('action_redirect');
    }
  });
  await t.test('a forged, foreign, expired or mismatched token ends it', async () => {
    for (const [secret, change] of [['other', {}], ['shared', { sub: 'auth0|other' }], ['shared', { exp: 1 }], ['shared', { state: 'x' }]]) {
      const browser = new Browser(server);
      const { state, given } = await leave(browser);
      const token = answerToken(secret, { sub: given.sub, state, accepted: true, ...change });
      const answer = await browser.follow(await browser.send('/continue', { query: { state, session_token: token } }));
      answer.redirectsTo(callback, refusal('server_error', 'An action failed')).because('action_failed');
    }
  });
  await t.test('what it says there is heard', async () => {
    const browser = new Browser(server);
    const { state, given } = await leave(browser);
    const answer = await browser.follow(await back(browser, state, { sub: given.sub, state, accepted: false }));
    answer.redirectsTo(callback, refusal('access_denied', 'The terms were not accepted'));
  });
  await t.test('another browser, another state, a bare state: a page, status 400', async () => {
    const browser = new Browser(server);
    const { state, given } = await leave(browser);
    const stranger = new Browser(server);
    await stranger.signIn('ben');
    (await back(stranger, state, { sub: given.sub, state })).isPage(400);
    const [id] = state.split('.');
    for (const wrong of [id, `${id}.`, `${id}.AAAAAAAAAAAAAAAAAAAAAA`, 'x.y', '', '.', `${state}x`]) {
      (await browser.send('/continue', { query: { state: wrong } })).isPage(400);
    }
    (await browser.send('/continue', { query: { state, more: 'x'.repeat(9000) } })).isPage(400);
  });
  await t.test('there and back by POST; good once; actions before it do not run again', async () => {
    const browser = new Browser(server);
    const { state, given } = await leave(browser, { response_type: 'id_token' });
    assert.equal(given.email, 'ana@example.com');
    assert.equal(given.ip, '127.0.0.1');
    const token = answerToken('shared', { sub: given.sub, state, accepted: true });
    const posted = await browser.send('/continue', { method: 'POST', form: { state, session_token: token } });
    assert.equal(posted.status, 303);
    const answer = await browser.follow(posted);
    const id = claims(answer.params.id_token);
    assert.equal(id.after, 1);
    const ran = id.ran;
    (await back(browser, state, { sub: given.sub, state, accepted: true })).isPage(400);
    assert.equal((await idToken(browser)).ran, ran + 1, 'once for each request');
  });
});
