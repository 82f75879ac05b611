// SPDX-License-Identifier: Apache-2.0
// Clients that are told in a frame, by the browser itself: OpenID Connect Front-Channel Logout 1.0.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, claims, spa } from '../support/browser.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const uri = 'frontchannel_logout_uri';
const home = spa.allowed_logout_urls[0];
const other = { ...spa, name: 'Other', client_id: 'other', callbacks: ['https://other.example/cb'], web_origins: ['https://other.example'],
  [uri]: 'https://other.example/out?a=b&c=%22', frontchannel_logout_session_required: true };
const clients = [{ ...spa, [uri]: 'http://app.localhost:9/out' }, { ...other, client_id: 'second', [uri]: 'https://other.example/second' }, other, webApp];
const server = await serve({ tenant: defaultTenant({ clients }) });
const named = (id) => clients.find(({ client_id }) => client_id === id);

async function signedIn(ids, user = 'ana') {
  const browser = new Browser(server, { client: named(ids[0]) });
  const tokens = {};
  for (const id of ids) {
    browser.client = named(id);
    const answer = id === ids[0] ? await browser.signIn(user) : await browser.authorize({ prompt: 'none' });
    tokens[id] = (await browser.redeem(answer)).id_token;
  }
  return { browser, tokens, sid: claims(tokens[ids[0]]).sid };
}

const unescape = (text) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&#39;', "'");
const frames = (page) => [...page.text.matchAll(/<iframe [^>]*src="([^"]*)"/g)].map(([, src]) => unescape(src));
const policy = (page) => Object.fromEntries(page.response.header('content-security-policy').split('; ').map((part) => [part.split(' ')[0], part.split(' ').slice(1)]));
const onward = (page) => unescape(/data-onward="([^"]*)"/.exec(page.text)?.[1] ?? '');

const frame = (base, sid) => `${base}${base.includes('?') ? '&' : '?'}iss=${encodeURIComponent(server.issuer)}&sid=${sid}`;

test('the page loads each client that took part, with iss and sid and nothing else, then goes on', async () => {
  const { browser, tokens, sid } = await signedIn(['shop', 'other', 'office']);
  const page = await browser.send('/oidc/logout', { query: { id_token_hint: tokens.shop, post_logout_redirect_uri: home, state: 'a b' } });
  page.isPage(200).isNeverCached();
  assert.deepEqual(frames(page).sort(), [frame('http://app.localhost:9/out', sid), frame(other[uri], sid)]);
  assert.equal(onward(page), `${home}?state=a%20b`);
  assert.equal(page.response.header('refresh'), `5; url=${home}?state=a%20b`, 'without scripts, too');
  assert.deepEqual(policy(page)['frame-src'].sort(), ['http://app.localhost:9', 'https://other.example']);
  assert.match(policy(page)['script-src'][0], /^'sha256-/);
  for (const [tag] of page.text.matchAll(/<iframe [^>]*>/g)) {
    assert.match(tag, / sandbox="allow-scripts allow-same-origin allow-forms"/);
    assert.match(tag, / referrerpolicy="no-referrer"/);
  }
  assert.equal((await browser.authorize({ prompt: 'none' })).params.error, 'login_required');
});

test('one source for two clients of an origin', async () => {
  const { browser, tokens, sid } = await signedIn(['other', 'second']);
  const page = await browser.send('/oidc/logout', { query: { id_token_hint: tokens.other } });
  assert.deepEqual(frames(page).sort(), [frame(other[uri], sid), frame('https://other.example/second', sid)]);
  assert.deepEqual(policy(page)['frame-src'], ['https://other.example']);
  assert.equal(onward(page), '');
  assert.equal(page.response.header('refresh'), undefined, 'nowhere to go');
});

test('who was not served, or ended nothing, is not loaded', async () => {
  const { browser, tokens } = await signedIn(['office']);
  const gone = await browser.send('/oidc/logout', { query: { id_token_hint: tokens.office, post_logout_redirect_uri: webApp.allowed_logout_urls[0] } });
  assert.equal(gone.location, webApp.allowed_logout_urls[0], 'no page without frames');
  const nobody = await browser.send('/oidc/logout');
  assert.deepEqual(frames(nobody.isPage(200)), []);
  assert.equal(policy(nobody)['frame-src'], undefined);
});

test('of several accounts only what ended', async () => {
  const ana = await signedIn(['shop']);
  await ana.browser.signIn('ben', { prompt: 'login' });
  const page = await ana.browser.send('/oidc/logout', { query: { id_token_hint: ana.tokens.shop, post_logout_redirect_uri: home } });
  assert.deepEqual(frames(page), [frame('http://app.localhost:9/out', ana.sid)]);
  const rest = await ana.browser.send('/v2/logout', { query: { client_id: 'shop', returnTo: home } });
  assert.equal(frames(rest).length, 1);
  assert.ok(!frames(rest)[0].includes(ana.sid));
});

test('/v2/logout goes by the page where there is somebody to tell', async () => {
  const first = await signedIn(['shop']);
  const page = await first.browser.send('/v2/logout', { query: { client_id: 'shop', returnTo: `${home}?x=1;y` } });
  assert.deepEqual(frames(page.isPage(200)), [frame('http://app.localhost:9/out', first.sid)]);
  assert.equal(onward(page), `${home}?x=1;y`);
  const second = await signedIn(['shop']);
  assert.equal(frames((await second.browser.send('/v2/logout')).isPage(200)).length, 1);
});

test('after the question, and on the page of our own', async () => {
  const asked = await signedIn(['shop']);
  const question = await asked.browser.follow(await asked.browser.send('/oidc/logout', { query: { client_id: 'shop', post_logout_redirect_uri: home, state: 's' } }));
  const done = await asked.browser.press(question, {}, { action: 'logout' });
  assert.deepEqual(frames(done.isPage(200)), [frame('http://app.localhost:9/out', asked.sid)]);
  assert.equal(onward(done), `${home}?state=s`);
  const own = await signedIn(['shop']);
  const left = await own.browser.press(await own.browser.send('/u/logout'), {}, { action: 'logout' });
  assert.deepEqual(frames(left.isPage(200)), [frame('http://app.localhost:9/out', own.sid)]);
});

test('a URL that cannot be is refused by name', async (t) => {
  const bad = ['http://office.localhost:10/out', 'https://evil.example/out', 'javascript:alert(1)', 'http://office.localhost:9/#x'];
  for (const value of bad) {
    await t.test(value, async () => {
      const done = await server.command('client', 'update', 'office', `${uri}=${value}`);
      assert.equal(done.code, 1);
      assert.match(done.stderr, /frontchannel_logout_uri/);
    });
  }
  assert.equal((await server.command('client', 'update', 'office', `${uri}=http://office.localhost:9/out`)).code, 0);
});

test('discovery says so', async () => {
  const metadata = (await new Browser(server).send('/.well-known/openid-configuration')).response.json;
  for (const name of ['frontchannel_logout_supported', 'frontchannel_logout_session_supported', 'backchannel_logout_supported', 'backchannel_logout_session_supported']) {
    assert.equal(metadata[name], true, name);
  }
  assert.equal(metadata.check_session_iframe, `${server.issuer}oidc/check_session`);
});
