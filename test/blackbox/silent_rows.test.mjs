// SPDX-License-Identifier: Apache-2.0
// Silent authentication, row by row (contract, section 4), in each response mode.
// The suite of the threaded build runs this too: ThreadSanitizer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { altered } from '../support/jwt.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users, webApp } from '../support/tenant.mjs';

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];

const blocked = { email: 'cal@example.com', email_verified: true, password: 'correct horse cal', user_id: 'auth0|cal' };
const denied = { email: 'dan@example.com', password: 'correct horse dan', app_metadata: { denied: 'Not on Sundays' } };
const sentAway = { email: 'eve@example.com', password: 'correct horse eve', app_metadata: { sent_to: 'https://terms.example/' } };
const thirdParty = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false, callbacks: ['http://guest.localhost:9/cb'], web_origins: ['http://guest.localhost:9'] };
const policy = { name: 'policy', supported_triggers: [{ id: 'post-login', version: 'v3' }], code: `exports.onExecutePostLogin = async (event, api) => {
  const { denied, sent_to: target } = event.user.app_metadata;
  if (denied) api.access.deny(denied);
  if (target) api.redirect.sendUserTo(target);
};` };
const off = { ...spa, name: 'Off', client_id: 'off', enabled: false };

const tenant = (changes) => defaultTenant({
  clients: [spa, webApp, thirdParty, off],
  users: [...users, blocked, denied, sentAway],
  ...changes,
});

/** How each mode of a silent request says what it says. */
const modes = {
  web_message: { params: { response_mode: 'web_message' }, refuses: (a, r) => a.postsMessage(origin, r) },
  query: { params: { response_mode: 'query' }, refuses: (a, r) => a.redirectsTo(callback, r, 'query') },
  fragment: { params: { response_mode: 'fragment' }, refuses: (a, r) => a.redirectsTo(callback, r, 'fragment') },
  form_post: { params: { response_mode: 'form_post' }, refuses: (a, r) => a.postsForm(callback, r) },
  absent: { params: {}, refuses: (a, r) => a.redirectsTo(callback, r, 'query') },
  bad: { params: { response_mode: 'pigeon' }, refuses: (a, r) => a.redirectsTo(callback, r, 'query') },
};
const goodModes = Object.entries(modes).filter(([name]) => name !== 'bad');

async function refusesInEachMode(browser, params, error, description, reason) {
  for (const [, { params: mode, refuses }] of goodModes) {
    const answer = await browser.authorize({ prompt: 'none', ...mode, ...params });
    refuses(answer, refusal(error, description)).because(reason).isNeverCached();
  }
}

test('rows 1 to 6: the request itself', async (t) => {
  const server = await serve({ tenant: tenant() });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const page = (status, error, description, state = 'xyz') => (answer) => answer.isErrorPage(status, origin,
    { error, error_description: description, error_uri: /\/why\//, state }).isNeverCached();

  for (const prompt of ['none', undefined]) {
    await t.test(`1: an unknown client, prompt ${prompt}`, async () => {
      const answer = await browser.authorize({ client_id: 'nobody', prompt });
      page(400, 'invalid_request', 'Unknown client: nobody')(answer);
      answer.because('client_unknown');
    });
    await t.test(`1: a disabled client, prompt ${prompt}`, async () => {
      page(400, 'invalid_request', 'Unknown client: off')(await browser.authorize({ client_id: 'off', prompt }));
    });
    await t.test(`1: client_id repeated, prompt ${prompt}`, async () => {
      page(400, 'invalid_request', 'Unknown client: shop')(await browser.authorize({ client_id: ['shop', 'shop'], prompt }));
    });
    await t.test(`1: no client_id, prompt ${prompt}`, async () => {
      page(400, 'invalid_request', 'Unknown client: ')(await browser.authorize({ client_id: undefined, prompt }));
    });
    await t.test(`2: redirect_uri not registered, prompt ${prompt}`, async () => {
      const answer = await browser.authorize({ redirect_uri: `${callback}/x`, prompt });
      page(403, 'invalid_request', /^Callback URL mismatch\./)(answer);
      answer.because('redirect_uri_mismatch');
    });
    await t.test(`2: redirect_uri repeated, prompt ${prompt}`, async () => {
      page(403, 'invalid_request', /^Callback URL mismatch\./)(await browser.authorize({ redirect_uri: [callback, callback], prompt }));
    });
    await t.test(`2: redirect_uri missing, prompt ${prompt}`, async () => {
      (await browser.authorize({ redirect_uri: undefined, prompt })).isErrorPage(403);
    });
  }
  for (const uri of [`${callback}?x=1`, `${callback}#f`, callback.toUpperCase(), `${callback}/`, 'javascript:alert(1)', 'com.app:/cb',
    'http://app.localhost:9.evil.example/callback', 'http://app.localhost:9@evil.example/callback', 'http://evil.example/', '//evil.example/']) {
    await t.test(`2: not the registered one: ${uri}`, async () => {
      const answer = await browser.authorize({ redirect_uri: uri, prompt: 'none' });
      assert.equal(answer.status, 403);
      assert.equal(answer.location, undefined);
      assert.doesNotMatch(answer.text, /[?&"]code/);
    });
  }
  await t.test('3: a web_message to an origin that is not registered', async () => {
    const other = new Browser(server, { client: webApp, jar: browser.jar });
    const answer = await other.silently();
    const at = new URL(webApp.callbacks[0]).origin;
    answer.isErrorPage(400, at, {
      error: 'invalid_request', state: 'xyz', error_uri: /origin_not_registered/,
      error_description: `The specified redirect_uri '${webApp.callbacks[0]}' does not have a registered origin.`,
    }).because('origin_not_registered');
  });
  await t.test('4: id_token_hint without prompt=none', async () => {
    for (const [, { params, refuses }] of goodModes) {
      refuses(await browser.authorize({ ...params, id_token_hint: 'a.b.c' }), refusal('invalid_request',
        "The use of the id_token_hint property requires the prompt value to be set as 'none'.")).because('hint_without_none');
    }
  });
  const bad = {
    'prompt none with login': { prompt: 'none login' },
    'an unknown prompt': { prompt: 'nap' },
    'an unknown prompt beside none': { prompt: 'none nap' },
    'max_age with a sign': { prompt: 'none', max_age: '-1' },
    'max_age with a plus': { prompt: 'none', max_age: '+1' },
    'max_age with a blank': { prompt: 'none', max_age: ' 1' },
    'max_age in words': { prompt: 'none', max_age: 'soon' },
    'a scope with a quote': { prompt: 'none', scope: 'openid "x"' },
    'a short code_challenge': { prompt: 'none', code_challenge: 'abc' },
    'an unknown code_challenge_method': { prompt: 'none', code_challenge_method: 'S512' },
    'a method without a challenge': { prompt: 'none', code_challenge: undefined },
    'scope twice': { prompt: 'none', scope: ['openid', 'openid'] },
    'state twice': { prompt: 'none', state: ['xyz', 'abc'] },
    'an unknown parameter twice': { prompt: 'none', extra: ['1', '2'] },
    'claims that are no JSON': { prompt: 'none', claims: '{' },
    'no response_type': { prompt: 'none', response_type: undefined },
    'an unknown response_type': { prompt: 'none', response_type: 'codex' },
    'an unknown audience': { prompt: 'none', audience: 'https://nowhere.example' },
    'a request object': { prompt: 'none', request: 'e30.e30.' },
  };
  for (const [name, params] of Object.entries(bad)) {
    await t.test(`5: ${name}`, async () => {
      for (const [, { params: mode, refuses }] of goodModes) {
        const answer = await browser.authorize({ ...mode, ...params });
        refuses(answer, refusal(/^(invalid_request|invalid_scope|unsupported_response_type|access_denied|invalid_request_object)$/));
        assert.match(answer.params.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
        answer.because(params.request ? 'request_object_invalid' : 'request_invalid');
      }
    });
  }
  await t.test('5: a bad response_mode counts as absent', async () => {
    modes.bad.refuses(await browser.authorize({ prompt: 'none', ...modes.bad.params }), refusal('invalid_request')).because('request_invalid');
    const tokens = await browser.authorize({ prompt: 'none', response_type: 'id_token', response_mode: 'query' });
    tokens.redirectsTo(callback, refusal('invalid_request'), 'fragment');
  });
  await t.test('5: a state of 4096 bytes comes back, one of 4097 does not', async () => {
    const long = 's'.repeat(4096);
    (await browser.silently({ state: long, scope: 'openid "' })).postsMessage(origin, refusal('invalid_scope', undefined, { state: long }));
    (await browser.silently({ state: `${long}s` })).postsMessage(origin, { ...refusal('invalid_request'), state: undefined });
  });
  await t.test('5: a first letter of an id_token from /authorize needs a nonce', async () => {
    (await browser.authorize({ prompt: 'none', response_type: 'id_token', nonce: undefined }))
      .redirectsTo(callback, refusal('invalid_request'), 'fragment');
  });
  await t.test('6: hints that are not ours', async () => {
    const { id_token: mine } = (await browser.silently({ response_type: 'id_token' })).params;
    const [head, body, signature] = mine.split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    const hmac = Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url');
    const other = new Browser(server, { client: webApp, jar: browser.jar });
    for (const hint of ['x', 'a.b.c', `${head}.${body}.`, `${head}.${body}.${altered(signature)}`, `${none}.${body}.`, `${hmac}.${body}.${signature}`,
      `${head}.${Buffer.from('{"sub":"x"}').toString('base64url')}.${signature}`, 'é'.repeat(20)]) {
      await refusesInEachMode(browser, { id_token_hint: hint }, 'invalid_request',
        'The id_token_hint is not a token that this server issued to this client.', 'hint_invalid');
    }
    (await other.authorize({ prompt: 'none', id_token_hint: mine }))
      .redirectsTo(webApp.callbacks[0], refusal('invalid_request')).because('hint_invalid');
    (await browser.silently({ id_token_hint: mine })).postsMessage(origin, { code: /./, state: 'xyz' });
  });
});

test('rows 7 to 13: the session', async (t) => {
  const server = await serve({ tenant: tenant() });

  await t.test('7: no cookie', () => refusesInEachMode(new Browser(server), {}, 'login_required', 'Login required', 'no_session'));
  await t.test('7: a cookie that is none of ours', async () => {
    const browser = new Browser(server);
    await browser.signIn('ana');
    const { name, value } = browser.sessionCookie;
    for (const forged of ['', 'x', value.slice(0, -3), `${value}A`, value.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), '%00', 'v1..']) {
      const answer = await browser.authorize({ prompt: 'none' }, { jar: undefined, headers: { Cookie: `${name}=${forged}` } });
      answer.redirectsTo(callback, refusal('login_required', 'Login required')).because('no_session');
    }
    const second = await browser.authorize({ prompt: 'none' }, { jar: undefined, headers: { Cookie: `${name}=junk; ${name}=${value}` } });
    second.redirectsTo(callback, { code: /./, state: 'xyz' });
  });
  for (const access of ['none', 'inactive']) {
    await t.test(`8: the browser withheld the cookie (${access})`, async () => {
      const answer = await new Browser(server).silently({}, { headers: { 'Sec-Fetch-Storage-Access': access } });
      answer.postsMessage(origin, refusal('login_required', 'Login required')).because('cookies_blocked').isNeverCached();
      assert.equal(answer.header('activate-storage-access'), undefined, 'no Origin, no retry');
      assert.match(answer.text, /requestStorageAccess/);
    });
  }
  await t.test('8: a permission not in use, from a registered origin: once more', async () => {
    const headers = { 'Sec-Fetch-Storage-Access': 'inactive', Origin: origin };
    const answer = await new Browser(server).silently({}, { headers });
    assert.equal(answer.header('activate-storage-access'), `retry; allowed-origin="${origin}"`);
    assert.match(answer.header('vary'), /Sec-Fetch-Storage-Access/i);
    const active = await new Browser(server).silently({}, { headers: { ...headers, 'Sec-Fetch-Storage-Access': 'active' } });
    active.postsMessage(origin, refusal('login_required', 'Login required')).because('no_session');
    const foreign = await new Browser(server).silently({}, { headers: { ...headers, Origin: 'http://evil.example' } });
    assert.equal(foreign.header('activate-storage-access'), undefined);
  });
  await t.test('8: the frame asks once', async () => {
    const again = await new Browser(server).silently({ tacit_storage_access: '1' }, { headers: { 'Sec-Fetch-Storage-Access': 'none' } });
    again.because('cookies_blocked');
    assert.doesNotMatch(again.text, /"again"/);
  });
  await t.test('9: a genuine cookie whose session is gone', async () => {
    const browser = new Browser(server);
    await browser.signIn('ana');
    const sid = claims((await browser.silently({ response_type: 'id_token' })).params.id_token).sid;
    const ended = await server.command('session', 'delete', sid);
    assert.equal(ended.code, 0, ended.stderr);
    await refusesInEachMode(browser, {}, 'login_required', 'Login required', 'session_revoked');
  });
  await t.test('9: after a log-out', async () => {
    const browser = new Browser(server);
    await browser.signIn('ana');
    const kept = browser.sessionCookie;
    await browser.send('/v2/logout');
    const answer = await browser.authorize({ prompt: 'none' }, { jar: undefined, headers: { Cookie: `${kept.name}=${kept.value}` } });
    answer.redirectsTo(callback, refusal('login_required', 'Login required')).because('session_revoked');
  });
  await t.test('11: the hint names somebody else', async () => {
    const ana = new Browser(server);
    const ben = new Browser(server);
    await ana.signIn('ana');
    await ben.signIn('ben');
    const { id_token: hint } = (await ben.silently({ response_type: 'id_token' })).params;
    await refusesInEachMode(ana, { id_token_hint: hint }, 'login_required', 'Login required', 'subject_mismatch');
  });
  await t.test('11: the login_hint is the user_id of somebody else', async () => {
    const ana = new Browser(server);
    const ben = new Browser(server);
    await ana.signIn('ana');
    await ben.signIn('ben');
    const { id_token: token } = (await ben.silently({ response_type: 'id_token' })).params;
    await refusesInEachMode(ana, { login_hint: claims(token).sub }, 'login_required', 'Login required', 'subject_mismatch');
    (await ana.silently({ login_hint: 'ben@example.com' })).postsMessage(origin, { code: /./, state: 'xyz' });
  });
  await t.test('12: several accounts, none last used by this client', async () => {
    const browser = new Browser(server, { client: webApp });
    await browser.signIn('ana');
    await browser.signIn('ben', { prompt: 'login' });
    const shop = new Browser(server, { jar: browser.jar });
    await refusesInEachMode(shop, {}, 'account_selection_required', 'Account selection required', 'account_ambiguous');
    (await browser.authorize({ prompt: 'none' })).redirectsTo(webApp.callbacks[0], { code: /./, state: 'xyz' });
  });
  await t.test('13: older than max_age', async () => {
    const browser = new Browser(server);
    await browser.signIn('ana');
    await refusesInEachMode(browser, { max_age: '0' }, 'login_required', 'Login required', 'max_age');
    (await browser.silently({ max_age: '60' })).postsMessage(origin, { code: /./, state: 'xyz' });
  });
});

test('row 10: lifetimes, with the clock moved', async (t) => {
  const lifetimes = { session_lifetime_in_minutes: 60, idle_session_lifetime_in_minutes: 10 };
  const server = await serve({ tenant: tenant({ tenant: lifetimes }) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  const at = (seconds) => server.restart({ env: { TACIT_CLOCK_OFFSET: String(seconds) } });

  await t.test('a minute before the idle end it is alive, and the idle time slides', async () => {
    await at(9 * 60);
    (await browser.silently()).postsMessage(origin, { code: /./, state: 'xyz' });
    await at(18 * 60);
    (await browser.silently()).postsMessage(origin, { code: /./, state: 'xyz' });
  });
  await t.test('after the idle time', async () => {
    await at(18 * 60 + 601);
    await refusesInEachMode(browser, {}, 'login_required', 'Login required', 'session_idle');
  });
  await t.test('past "require log in after"', async () => {
    for (let minutes = 20; minutes < 60; minutes += 9) {
      await at(minutes * 60);
      (await browser.silently()).postsMessage(origin, { code: /./, state: 'xyz' });
    }
    await at(60 * 60 + 1);
    await refusesInEachMode(browser, {}, 'login_required', 'Login required', 'session_expired');
  });
  await t.test('lowering acts at once', async () => {
    const fresh = new Browser(server);
    await fresh.signIn('ana');
    await server.apply(tenant({ tenant: { session_lifetime_in_minutes: 1, idle_session_lifetime_in_minutes: 1 } }));
    await server.restart({ env: { TACIT_CLOCK_OFFSET: String(60 * 60 + 70) } });
    (await fresh.silently()).postsMessage(origin, refusal('login_required', 'Login required')).because('session_expired');
  });
});

test('rows 14 to 18: the user, actions, factors, consent', async (t) => {
  const server = await serve({ tenant: tenant({ actions: [policy], triggers: { 'post-login': ['policy'] } }) });

  await t.test('14: blocked', async () => {
    const browser = new Browser(server);
    await browser.signIn('cal');
    await server.apply(tenant({ users: [...users, { ...blocked, blocked: true }, denied, sentAway] }));
    await refusesInEachMode(browser, {}, 'unauthorized', 'user is blocked', 'user_blocked');
  });
  await t.test('15: an action denied', async () => {
    const browser = new Browser(server);
    await browser.signIn('dan');
    await refusesInEachMode(browser, {}, 'access_denied', 'Not on Sundays', 'action_denied');
  });
  await t.test('16: an action sends the user elsewhere', async () => {
    const browser = new Browser(server);
    await browser.signIn('eve');
    await refusesInEachMode(browser, {}, 'interaction_required', 'External interaction required', 'action_redirect');
  });
  await t.test('18: consent is missing', async () => {
    const shop = new Browser(server);
    await shop.signIn('ana');
    const guest = new Browser(server, { client: thirdParty, jar: shop.jar });
    (await guest.silently()).postsMessage(thirdParty.web_origins[0], refusal('consent_required', 'Consent required')).because('consent_missing');
    const page = await guest.follow(await guest.authorize());
    const allowed = await guest.press(page, {}, ({ value }) => value === 'accept');
    allowed.redirectsTo(thirdParty.callbacks[0], { code: /./, state: 'xyz' });
    (await guest.silently()).postsMessage(thirdParty.web_origins[0], { code: /./, state: 'xyz' });
    (await guest.silently({ scope: 'openid email' })).because('consent_missing');
  });
  await t.test('17: a second factor is due', async () => {
    const browser = new Browser(server);
    await browser.signIn('ana');
    const multiFactor = 'http://schemas.openid.net/pape/policies/2007/06/multi-factor';
    await refusesInEachMode(browser, { acr_values: multiFactor }, 'login_required', 'Multifactor authentication required', 'mfa_required');
    await server.apply(tenant({ guardianPolicies: { policies: ['all-applications'] } }));
    await new Promise((done) => { setTimeout(done, 1100); });
    await refusesInEachMode(browser, {}, 'login_required', 'Multifactor authentication required', 'mfa_required');
  });
});

test('row 19: success is the same as an interactive one, in each type and mode', async (t) => {
  const server = await serve({ tenant: tenant() });
  const browser = new Browser(server);
  const first = await browser.signIn('ana');
  first.redirectsTo(callback, { code: /./, state: 'xyz' }, 'query');
  const token = { access_token: /./, token_type: 'Bearer', expires_in: /^\d+$/, scope: 'openid' };
  const types = {
    code: { code: /./ },
    id_token: { id_token: /\./ },
    'id_token token': { id_token: /\./, ...token },
    'code id_token': { code: /./, id_token: /\./ },
    'code token': { code: /./, ...token },
    'code id_token token': { code: /./, id_token: /\./, ...token },
  };
  for (const [type, members] of Object.entries(types)) {
    for (const [mode, { refuses }] of Object.entries(modes).filter(([name]) => name !== 'bad' && name !== 'absent')) {
      if (mode === 'query' && type !== 'code') continue;
      await t.test(`${type} by ${mode}`, async () => {
        const answer = await browser.authorize({ prompt: 'none', response_type: type, response_mode: mode });
        refuses(answer, { ...members, state: 'xyz' });
        answer.isNeverCached();
      });
    }
  }
  await t.test('state comes back byte for byte, or not at all', async () => {
    for (const state of ['a=', 'a b', 'ü€', '<script>', '"\'&\\', 'a+b', '%41', '\u2028']) {
      for (const mode of ['query', 'fragment', 'web_message', 'form_post']) {
        const answer = await browser.authorize({ prompt: 'none', state, response_mode: mode });
        assert.equal(answer.params.state, state, `${mode}: ${answer.location ?? answer.text}`);
      }
    }
    assert.ok(!('state' in (await browser.silently({ state: undefined })).params));
  });
  await t.test('web_message by relay: posted to the window that the relay names, of a registered origin', async () => {
    const relay = { web_message_uri: `${origin}/relay.html`, web_message_target: 'target' };
    (await browser.silently(relay)).postsMessage(origin, { code: /./, state: 'xyz' });
    (await browser.silently({ ...relay, web_message_uri: 'http://evil.example/relay' })).postsMessage(origin, refusal('invalid_request'));
    (await browser.silently({ web_message_uri: relay.web_message_uri })).postsMessage(origin, refusal('invalid_request'));
    (await browser.authorize({ prompt: 'none', ...relay })).redirectsTo(callback, refusal('invalid_request'));
  });
  await t.test('POST is the same', async () => {
    const answer = await browser.authorize({ prompt: 'none' }, { method: 'POST' });
    assert.equal(answer.status, 303);
    answer.redirectsTo(callback, { code: /./, state: 'xyz' });
  });
  await t.test('the page is under 2 kB without its values', async () => {
    const answer = await browser.silently();
    const values = Object.values(answer.params).join('').length;
    assert.ok(answer.text.length - values < 2048, `${answer.text.length - values} bytes`);
    assert.equal(answer.header('cross-origin-resource-policy'), 'cross-origin');
  });
});
