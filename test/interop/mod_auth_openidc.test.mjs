// SPDX-License-Identifier: Apache-2.0
// Debian's Apache with mod_auth_openidc, a certified relying party in C, in front of a page that
// only people who are signed in may see.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { startApache } from '../support/apache.mjs';
import { Browser } from '../support/browser.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, webApp } from '../support/tenant.mjs';

const authority = makeAuthority();
after(() => authority.remove());
const tls = { ...authority.issue('localhost', 'shop.localhost'), ca: authority.pem };
const tenant = (client, settings) => defaultTenant({ clients: [{ ...webApp, ...client }], tenant: settings });
const server = await serve({ tenant: tenant(), tls, env: { SSL_CERT_FILE: authority.file } });

const apache = await startApache({
  tls,
  pages: { 'index.html': 'anybody', 'left.html': 'you have left', 'members/index.html': 'members only' },
  directives: ({ port, authority: trusted }) => [
    `OIDCProviderMetadataURL ${server.issuer}.well-known/openid-configuration`,
    `OIDCCABundlePath ${trusted}`,
    `OIDCClientID ${webApp.client_id}`,
    `OIDCClientSecret ${webApp.client_secret}`,
    'OIDCProviderTokenEndpointAuth client_secret_post',
    `OIDCRedirectURI https://shop.localhost:${port}/members/callback`,
    'OIDCCryptoPassphrase "of this test only"',
    'OIDCScope "openid email offline_access"',
    'OIDCPKCEMethod S256',
    'OIDCRemoteUserClaim email',
    'OIDCInfoHook iat access_token id_token userinfo session',
    '<Location /members>',
    'AuthType openid-connect',
    'Require valid-user',
    'Header always set X-User "expr=%{REMOTE_USER}"',
    '</Location>',
  ],
});
const shop = `https://shop.localhost:${apache.port}`;
await server.apply(tenant({
  callbacks: [`${shop}/members/callback`],
  allowed_logout_urls: [`${shop}/left.html`],
  backchannel_logout_uri: `https://localhost:${apache.port}/members/callback?logout=backchannel`,
}, { outgoing_private_hosts: [`localhost:${apache.port}`] }));
for (let tries = 0; tries < 100; tries++) {
  const query = { client_id: webApp.client_id, redirect_uri: `${shop}/members/callback`, response_type: 'code', scope: 'openid', prompt: 'none' };
  if ((await new Browser(server).send('/authorize', { query })).location) break;
  await new Promise((done) => { setTimeout(done, 100); });
}

// Only what a browser asks for as a page is sent to sign in.
const headers = { Accept: 'text/html', 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };

/** Follows redirects between the two until there is a page. */
async function walk(browser, url) {
  let at = await browser.send(url, { headers });
  for (let hops = 0; at.location; hops++) {
    assert.ok(hops < 12, `sent round in circles at ${at.location}`);
    at = await browser.send(new URL(at.location, at.response.url).href, { headers });
  }
  return at;
}

/** Opens the page of members, signing in on the way. */
async function enter(browser) {
  const page = await walk(browser, `${shop}/members/`);
  if (page.response.url.origin === shop) return page;
  const back = await browser.fillIn(page, browser.user('ana'));
  assert.ok(back.location?.startsWith(`${shop}/members/callback`), `${back.status} ${back.text.slice(0, 400)}`);
  return walk(browser, back.location);
}

async function isInside(page) {
  assert.equal(page.status, 200, `${page.text}\n${apache.log()}`);
  assert.equal(page.text, 'members only');
  assert.equal(page.header('x-user'), 'ana@example.com');
}

const ask = (browser) => browser.send(`${shop}/members/callback?info=json`);
const look = async (browser) => (await ask(browser)).response.json;

test('a person signs in at the page that asks for it, and comes back to it', async () => {
  const browser = new Browser(server);
  assert.equal((await browser.send(`${shop}/`)).text, 'anybody');
  await isInside(await enter(browser));
  const { userinfo, id_token: idToken } = await look(browser);
  assert.equal(userinfo.email, 'ana@example.com');
  assert.equal(idToken.iss, server.issuer);
  assert.equal(idToken.aud, webApp.client_id);
});

test('who is signed in already is not asked', async () => {
  const browser = new Browser(server);
  await enter(browser);
  browser.jar.remove(browser.jar.find('mod_auth_openidc_session'));
  await isInside(await walk(browser, `${shop}/members/`));
});

test('it refreshes', async () => {
  const browser = new Browser(server);
  await enter(browser);
  const before = await look(browser);
  const query = new URLSearchParams({ refresh: `${shop}/members/`, access_token: before.access_token });
  await isInside(await walk(browser, `${shop}/members/callback?${query}`));
  const now = await look(browser);
  assert.notEqual(now.access_token, before.access_token);
  assert.equal(now.userinfo.sub, before.userinfo.sub);
});

test('a person leaves, here and there', async () => {
  const browser = new Browser(server);
  await enter(browser);
  const page = await walk(browser, `${shop}/members/callback?${new URLSearchParams({ logout: `${shop}/left.html` })}`);
  assert.equal(page.text, 'you have left');
  const again = await walk(browser, `${shop}/members/`);
  assert.equal(again.response.url.origin, server.origin);
  assert.match(again.text, /id="password"/);
});

test('whose session ends elsewhere is out here too: the back channel', async () => {
  const browser = new Browser(server);
  const stays = new Browser(server);
  await enter(browser);
  await enter(stays);
  assert.equal((await ask(browser)).status, 200);
  await browser.send('/v2/logout');
  for (let tries = 0; tries < 100 && (await ask(browser)).status === 200; tries++) await new Promise((done) => { setTimeout(done, 100); });
  assert.equal((await ask(browser)).status, 401, `nobody told it: ${apache.log()}\n${server.stderr}`);
  assert.equal((await walk(browser, `${shop}/members/`)).response.url.origin, server.origin);
  assert.equal((await ask(stays)).status, 200, 'nobody else is out');
});
