// SPDX-License-Identifier: Apache-2.0
// OpenID Connect Front-Channel Logout 1.0 in real browsers: an application on the issuer's own site
// and one on another, each with a real page for it; with scripts and without.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { page as html, serveApps } from '../support/app.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { kinds, launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const authority = makeAuthority();
after(() => authority.remove());
const certificate = authority.issue('auth.ex.localhost', 'app.ex.localhost', 'app.localhost');
const apps = await serveApps({}, { tls: { cert: certificate.cert, key: certificate.key } });
const near = apps.origin('app.ex.localhost');
const far = apps.origin('app.localhost');
const app = (client_id, origin) => ({ name: client_id, client_id, app_type: 'regular_web', client_secret: 'a-secret-of-the-tests-0123456789', is_first_party: true,
  callbacks: [`${origin}/callback`], allowed_logout_urls: [`${origin}/bye`], grant_types: ['authorization_code'], frontchannel_logout_uri: `${origin}/out?app=${client_id}` });
const server = await serve({ host: 'auth.ex.localhost', tls: { ...certificate, ca: authority.pem },
  tenant: defaultTenant({ clients: [app('near', near), app('far', far)] }) });

apps.set('/callback', () => ({ headers: { 'Set-Cookie': 'own=signed-in; Path=/; Secure; SameSite=None' }, body: html('<h1>callback</h1>') }));
apps.set('/bye', html('<h1>bye</h1>'));
// Ends its own cookie, and tries what a frame must not: to take the page away.
apps.set('/out', () => ({ headers: { 'Set-Cookie': 'own=; Path=/; Secure; SameSite=None; Max-Age=0' },
  body: html('<p>out</p>', '<script>try { top.location = "/stolen" } catch (refused) { }</script>') }));
apps.set('/stolen', html('<h1>stolen</h1>'));

async function signedIn(browser) {
  const page = await browser.page();
  for (const [client_id, origin] of [['near', near], ['far', far]]) {
    const query = new URLSearchParams({ client_id, redirect_uri: `${origin}/callback`, response_type: 'code', scope: 'openid', state: 's' });
    await page.goto(`${server.issuer}authorize?${query}`);
    if (!page.url().startsWith(origin)) await signInOn(page, users[0]);
    assert.match(page.url(), new RegExp(`^${origin}/callback`));
  }
  return page;
}

const outs = () => apps.requests.filter(({ path }) => path === '/out');

// Firefox cannot be told to run no scripts once it has run the sign-in's.
const without = { chromium: [true, false], firefox: [true] };
for (const kind of kinds) {
  for (const scripts of without[kind]) {
    test(`${kind}, scripts ${scripts ? 'on' : 'off'}: each application is loaded, then the person is back`, { timeout: 180_000 }, async () => {
      const browser = await launch(kind, { spki: [certificate.spki] });
      const page = await signedIn(browser);
      apps.requests.length = 0;
      if (!scripts) await page.setJavaScriptEnabled(false);
      await page.goto(`${server.issuer}v2/logout?client_id=near&returnTo=${encodeURIComponent(`${near}/bye`)}`);
      for (let tries = 0; !page.url().endsWith('/bye') && tries < 150; tries++) await new Promise((done) => { setTimeout(done, 100); });
      assert.equal(page.url(), `${near}/bye`);
      assert.deepEqual(outs().map(({ host }) => host).sort(), ['app.ex.localhost', 'app.localhost']);
      for (const { host, url, headers } of outs()) {
        assert.deepEqual([...url.searchParams.keys()], ['app', 'iss', 'sid']);
        assert.equal(url.searchParams.get('iss'), server.issuer);
        assert.equal(headers.referer, undefined);
        assert.equal(headers['sec-fetch-dest'], 'iframe');
        if (host === 'app.ex.localhost') assert.match(headers.cookie ?? '', /own=signed-in/, 'on the same site its cookie is there');
      }
      assert.equal(apps.requests.some(({ path }) => path === '/stolen'), false);
      assert.equal(apps.requests.find(({ path }) => path === '/bye').headers.cookie, undefined, 'and gone afterwards');
      await browser.close();
    });
  }
}
