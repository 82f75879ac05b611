// SPDX-License-Identifier: Apache-2.0
// What actions do with the session and with the refresh token: ends, cookie, metadata
// (docs/actions.md). A parameter of the request says what is to be done.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { postLogin, tenantWith } from '../support/actions.mjs';
import { Browser, claims, refusal, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];
const granted = { code: /./, state: 'xyz' };
const failed = refusal('server_error', 'An action failed');
const offline = { scope: 'openid offline_access' };

/** An action that does what `deed` says: {name: body}. Behind it another one that looks. */
function deeds(bodies) {
  const list = Object.entries(bodies).map(([name, body]) => `${JSON.stringify(name)}: () => { ${body} }`);
  return {
    does: postLogin(`const deed = { ${list.join(',\n')} }[event.request.query.deed]; if (deed) deed();`),
    looks: postLogin(`
      api.idToken.setCustomClaim('session', { metadata: event.session?.metadata, mode: event.session?.cookie.mode, clients: event.session?.clients });
      api.idToken.setCustomClaim('token', event.refresh_token?.metadata ?? null);`),
  };
}

async function looksAt(browser, params = {}) {
  const { id_token: token } = (await browser.silently({ response_type: 'id_token', ...params })).params;
  return claims(token).session;
}

test('session metadata', async (t) => {
  const server = await serve({ tenant: tenantWith(deeds({
    set: "api.session.setMetadata('device', 'phone'); api.session.setMetadata('place', 'Lisbon');",
    change: "api.session.setMetadata('device', 'tablet'); api.session.deleteMetadata('place');",
    ask: "api.session.setMetadata('asked', 'yes', { silent: true });",
    evict: "api.session.setMetadata('lost', 'x'); api.session.evictMetadata(); api.session.setMetadata('fresh', 'y');",
    clear: 'api.session.evictMetadata();',
    null: "api.session.setMetadata('fresh', null);",
    trick: "api.session.setMetadata('__proto__', 'x'); api.session.setMetadata('constructor', 'y');",
  })) });
  const browser = new Browser(server);
  await t.test('there is none at first', async () => {
    await browser.signIn('ana');
    assert.deepEqual((await looksAt(browser)).metadata, {});
  });
  await t.test('what one action sets, the next one sees, and every later run', async () => {
    const answer = await browser.authorize({ response_type: 'id_token', deed: 'set' });
    assert.deepEqual(claims(answer.params.id_token).session.metadata, { device: 'phone', place: 'Lisbon' });
    assert.deepEqual((await looksAt(browser)).metadata, { device: 'phone', place: 'Lisbon' });
  });
  await t.test('a silent run writes nothing, unless asked', async () => {
    assert.deepEqual((await looksAt(browser, { deed: 'change' })).metadata, { device: 'tablet' });
    assert.deepEqual((await looksAt(browser)).metadata, { device: 'phone', place: 'Lisbon' });
    await browser.silently({ deed: 'ask' });
    assert.deepEqual((await looksAt(browser)).metadata, { device: 'phone', place: 'Lisbon', asked: 'yes' });
  });
  await t.test('changes and deletions', async () => {
    await browser.authorize({ deed: 'change' });
    assert.deepEqual((await looksAt(browser)).metadata, { device: 'tablet', asked: 'yes' });
    await browser.authorize({ deed: 'evict' });
    assert.deepEqual((await looksAt(browser)).metadata, { fresh: 'y' });
    await browser.authorize({ deed: 'null' });
    assert.deepEqual((await looksAt(browser)).metadata, {});
  });
  await t.test('names that JavaScript knows are names like others', async () => {
    await browser.authorize({ deed: 'trick' });
    const { metadata } = await looksAt(browser);
    assert.deepEqual(Object.entries(metadata).sort(), [['__proto__', 'x'], ['constructor', 'y']]);
    await browser.authorize({ deed: 'clear' });
    assert.deepEqual((await looksAt(browser)).metadata, {});
  });
  await t.test('another session has none of it', async () => {
    await browser.authorize({ deed: 'set' });
    const other = new Browser(server);
    await other.signIn('ana');
    assert.deepEqual((await looksAt(other)).metadata, {});
  });
  await t.test('the clients of the session are told', async () => {
    assert.deepEqual((await looksAt(browser)).clients, [{ client_id: 'shop' }]);
  });
});

test('wrong calls end the run with one clear error, and write nothing', async (t) => {
  const wrong = {
    'a name that is no string': "api.session.setMetadata(7, 'x');",
    'an empty name': "api.session.setMetadata('', 'x');",
    'a name with a blank': "api.session.setMetadata('a b', 'x');",
    'a name of 256 characters': "api.session.setMetadata('n'.repeat(256), 'x');",
    'a value that is an object': "api.session.setMetadata('a', {});",
    'a value that is missing': "api.session.setMetadata('a');",
    'a value of 256 characters': "api.session.setMetadata('a', 'x'.repeat(256));",
    'twenty-six entries': "for (let i = 0; i < 26; i++) api.session.setMetadata('n' + i, 'x');",
    'a symbol to delete': 'api.session.deleteMetadata(Symbol.iterator);',
    'a cookie mode of its own': "api.session.setCookieMode('eternal');",
    'a time that is none': "api.session.setExpiresAt('tomorrow');",
    'an endless time': 'api.session.setIdleExpiresAt(Infinity);',
    'no reason to revoke': 'api.session.revoke();',
    'a refresh token that is not there': "api.refreshToken.revoke('gone');",
    'a refresh token with too much': "for (let i = 0; i < 20; i++) api.refreshToken.setMetadata('n' + i, 'x'.repeat(255));",
    'a user with too much': "for (let i = 0; i < 40; i++) api.user.setAppMetadata('n' + i, 'x'.repeat(1000));",
    'another user': "api.authentication.setPrimaryUser('auth0|other');",
    'a form': "api.prompt.render('ap_1');",
    'an assertion': "api.samlResponse.setAttribute('a', 'b');",
    'a domain': "api.customDomain.set('x');",
    'a provider that there is not': "api.multifactor.enable('acme');",
    'a provider by a trick': "api.multifactor.enable('constructor');",
    Duo: "api.multifactor.enable('duo');",
  };
  const server = await serve({ tenant: tenantWith(deeds(wrong)) });
  const browser = new Browser(server);
  await browser.signIn('ana');
  for (const deed of Object.keys(wrong)) {
    await t.test(deed, async () => {
      (await browser.authorize({ deed })).redirectsTo(callback, failed).because('action_failed');
      assert.deepEqual((await looksAt(browser)).metadata, {});
    });
  }
  await t.test('an api whose event was spoilt', async () => {
    const spoilt = await serve({ tenant: tenantWith({ spoils: postLogin(`
      event.session = { metadata: 7 }; event.user = null; event.transaction = undefined;
      Object.prototype.polluted = 'yes'; Array.prototype.toJSON = () => 'gone';
      api.session.setMetadata('a', 'b');`) }) });
    const other = new Browser(spoilt);
    const answer = await other.signIn('ana');
    assert.ok(answer.params.code || answer.reason === 'action_failed', JSON.stringify(answer.params));
    assert.equal((await other.send('/.well-known/openid-configuration')).status, 200);
  });
});

test('the cookie outlives the browser, or does not', async (t) => {
  const bodies = { keep: "api.session.setCookieMode('persistent');", drop: "api.session.setCookieMode('non-persistent');" };
  const server = await serve({ tenant: tenantWith(deeds(bodies), { tenant: { friendly_name: 'Tests', session_cookie: { mode: 'non-persistent' } } }) });
  const browser = new Browser(server);
  const age = () => browser.sessionCookie.attributes['max-age'];
  await t.test('as the tenant says', async () => {
    await browser.signIn('ana');
    assert.equal(age(), undefined);
    assert.equal((await looksAt(browser)).mode, 'non-persistent');
  });
  await t.test('kept', async () => {
    const { value } = browser.sessionCookie;
    (await browser.authorize({ deed: 'keep' })).redirectsTo(callback, granted);
    assert.ok(Number(age()) > 3600, `${age()}`);
    assert.equal(browser.sessionCookie.value, value, 'the same secret');
    assert.equal(browser.sessionCookie.attributes.samesite, 'None');
    assert.equal((await looksAt(browser)).mode, 'persistent');
  });
  await t.test('the same again sets no cookie', async () => {
    assert.equal((await browser.authorize({ deed: 'keep' })).header('set-cookie'), undefined);
  });
  await t.test('dropped, in silence too', async () => {
    (await browser.silently({ deed: 'drop' })).postsMessage(origin, granted);
    assert.equal(age(), undefined);
    assert.equal((await looksAt(browser)).mode, 'non-persistent');
  });
  await t.test('for another account of the browser it stays', async () => {
    await browser.authorize({ deed: 'keep' });
    const page = await browser.follow(await browser.authorize({ prompt: 'login', login_hint: 'ben@example.com' }));
    await browser.fillIn(page, browser.user('ben'));
    await browser.authorize({ deed: 'drop' });
    assert.ok(Number(age()) > 3600, 'for ana');
  });
});

test('refresh tokens: what a sign-in wants for the one that comes of it', async (t) => {
  const server = await serve({ tenant: tenantWith(deeds({
    note: "api.refreshToken.setMetadata('device', 'phone'); api.refreshToken.setMetadata('lost', 'x'); api.refreshToken.deleteMetadata('lost');",
    short: 'api.refreshToken.setExpiresAt(Date.now() + 60_000);',
    idle: 'api.refreshToken.setIdleExpiresAt(Date.now() + 60_000);',
  })) });
  const begin = async (deed) => {
    const browser = new Browser(server);
    const tokens = await browser.redeem(await browser.signIn('ana', { ...offline, deed }));
    return { browser, tokens };
  };
  const renew = (browser, token) => browser.token({ grant_type: 'refresh_token', refresh_token: token });
  await t.test('its metadata', async () => {
    const { browser, tokens } = await begin('note');
    assert.equal(claims(tokens.id_token).token, undefined, 'at the sign-in there is no refresh token yet');
    const { json } = (await renew(browser, tokens.refresh_token)).response;
    assert.deepEqual(claims(json.id_token).token, { device: 'phone' });
  });
  const short = await begin('short');
  const idle = await begin('idle');
  const plain = await begin('nothing');
  await t.test('its ends', async () => {
    await server.restart({ env: { TACIT_CLOCK_OFFSET: '61' } });
    for (const { browser, tokens } of [short, idle]) {
      const answer = await renew(browser, tokens.refresh_token);
      assert.equal(answer.status, 400);
      assert.match(answer.response.json.error_uri, /refresh_expired/);
    }
    assert.equal((await renew(plain.browser, plain.tokens.refresh_token)).status, 200);
  });
});
