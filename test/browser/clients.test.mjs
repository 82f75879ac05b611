// SPDX-License-Identifier: Apache-2.0
// auth0-js, auth0-spa-js and oidc-client-ts, from npm and unmodified, in real Chromium and real
// Firefox, over https. Same site: auth.ex.localhost and app.ex.localhost. Another site:
// op.localhost (the same tenant under a second name) and app.localhost, where both browsers
// withhold the cookie in a frame.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { page as html, serveApps } from '../support/app.mjs';
import { makeAuthority } from '../support/ca.mjs';
import { kinds, launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant, users } from '../support/tenant.mjs';

const authority = makeAuthority();
after(() => authority.remove());
const certificate = authority.issue('auth.ex.localhost', 'app.ex.localhost', 'op.localhost', 'app.localhost');
const apps = await serveApps({}, { tls: { cert: certificate.cert, key: certificate.key } });
const near = apps.origin('app.ex.localhost');
const far = apps.origin('app.localhost');
const beside = apps.origin('op.localhost');
const callbacks = [near, far, beside].flatMap((origin) => [`${origin}/callback`, `${origin}/silent`]);

const shop = {
  name: 'Shop', client_id: 'shop', app_type: 'spa', token_endpoint_auth_method: 'none', is_first_party: true, callbacks,
  web_origins: [near, far], allowed_logout_urls: [`${near}/`], grant_types: ['authorization_code', 'implicit', 'refresh_token'],
};
const server = await serve({
  host: 'auth.ex.localhost',
  tls: { ...certificate, ca: authority.pem },
  tenant: defaultTenant({
    clients: [shop, { ...shop, name: 'Unlisted', client_id: 'unlisted', web_origins: [] }],
    resourceServers: [{ name: 'Orders', identifier: 'https://api.example', scopes: [{ value: 'read:orders' }], token_lifetime: 62 }],
    customDomains: [{ domain: 'op.localhost' }],
  }),
});
const domains = { near: `auth.ex.localhost:${server.port}`, far: `op.localhost:${server.port}` };

/** A page with one library: window.silent(options) answers {ok, error, description, ms}. */
function clientPage(library, script) {
  return html('<h1>app</h1>', `<script src="/lib/${library}.js"></script><script>
    const q = new URLSearchParams(location.search), domain = q.get('domain'), client = q.get('client') || 'shop', heard = [];
    addEventListener('message', (e) => { if (e.data && e.data.response) heard.push({ origin: e.origin, ...e.data.response }); });
    const timed = async (work) => {
      const began = performance.now();
      try { return { ok: true, ...(await work()), ms: performance.now() - began, heard }; }
      catch (e) { return { ok: false, error: e.error || e.name, description: e.error_description || e.message, uri: e.error_uri, ms: performance.now() - began, heard }; }
    };
    ${script}</script>`);
}

apps.set('/callback', html('<h1>callback</h1>'));
apps.set('/auth0', clientPage('auth0', `
  const web = new auth0.WebAuth({ domain, clientID: client, redirectUri: location.origin + '/callback', responseType: 'token id_token', scope: 'openid profile email' });
  window.silent = (options) => timed(() => new Promise((done, fail) => web.checkSession({ timeout: 8000, ...options }, (error, result) => (error ? fail(error) : done({ token: result.accessToken, sub: result.idTokenPayload.sub })))));`));
apps.set('/spa', clientPage('auth0-spa-js', `
  const spa = new auth0.Auth0Client({ domain, clientId: client, authorizeTimeoutInSeconds: 8, authorizationParams: { redirect_uri: location.origin + '/callback', audience: q.get('audience') || undefined } });
  window.silent = (options) => timed(async () => ({ token: await spa.getTokenSilently({ cacheMode: 'off', ...options }), sub: (await spa.getUser()).sub }));`));
apps.set('/oidc', clientPage('oidc-client-ts', `
  const manager = new oidc.UserManager({ authority: 'https://' + domain + '/', client_id: client, redirect_uri: location.origin + '/callback', silent_redirect_uri: location.origin + '/silent',
    scope: q.get('scope') || 'openid profile', silentRequestTimeoutInSeconds: 8, userStore: new oidc.WebStorageStateStore({ store: localStorage }), loadUserInfo: false });
  window.manager = manager;
  window.silent = (options) => timed(async () => { const user = await manager.signinSilent(options); return { token: user.access_token, sub: user.profile.sub, refresh: user.refresh_token }; });`));
apps.set('/silent', html('', `<script src="/lib/oidc-client-ts.js"></script><script>new oidc.UserManager({ authority: 'https://x/', client_id: 'x', redirect_uri: 'https://x/' }).signinSilentCallback()</script>`));

apps.set('/popup', clientPage('auth0-spa-js', `
  const spa = new auth0.Auth0Client({ domain, clientId: client, authorizationParams: { redirect_uri: location.origin + '/callback' } });
  addEventListener('DOMContentLoaded', () => {
    document.body.innerHTML = '<button id="in">Sign in</button><output id="out"></output>';
    document.getElementById('in').onclick = () => spa.loginWithPopup().then(() => spa.getUser()).then((user) => { document.getElementById('out').value = user.sub; }, (e) => { document.getElementById('out').value = 'failed: ' + e.message; });
  });`));

const clients = ['auth0', 'spa', 'oidc'];

async function open(browser, client, { origin = near, domain = domains.near, ...query } = {}) {
  const page = await browser.page();
  await page.goto(`${origin}/${client}?${new URLSearchParams({ domain, ...query })}`);
  return page;
}

const silently = (page, options) => page.evaluate((o) => window.silent(o), options);

/** At the issuer itself, coming from an app of that issuer's own site. */
async function signIn(browser, domain, back, user = users[0]) {
  const page = await browser.page();
  const query = new URLSearchParams({ client_id: 'shop', redirect_uri: `${back}/callback`, response_type: 'code', scope: 'openid', state: 's' });
  await page.goto(`https://${domain}/authorize?${query}`);
  await signInOn(page, user);
  assert.match(page.url(), new RegExp(`^${back}/callback\\?code=`));
  await page.close();
}

/** The reason word of the answer, by whichever way this client lets it through. */
const reasonOf = (answer) => /\/why\/([a-z_]+)/.exec(answer.uri ?? answer.heard.at(-1)?.error_uri ?? '')?.[1];

for (const kind of kinds) {
  test(`${kind}: on the issuer's own site`, { timeout: 180_000 }, async (t) => {
    const browser = await launch(kind, { spki: [certificate.spki] });

    for (const client of clients) {
      await t.test(`${client}: signed out, it is told at once and why`, async () => {
        const page = await open(browser, client);
        const answer = await silently(page);
        assert.equal(answer.error, 'login_required', JSON.stringify(answer));
        assert.equal(reasonOf(answer), 'no_session');
        assert.ok(answer.ms < 3000, `${answer.ms} ms`);
        await page.close();
      });
    }
    await signIn(browser, domains.near, near);
    for (const client of clients) {
      await t.test(`${client}: signed in, it gets tokens without a prompt`, async () => {
        const page = await open(browser, client);
        const [first, second] = [await silently(page), await silently(page)];
        assert.ok(first.ok && first.token, JSON.stringify(first));
        assert.ok(second.ok && second.token !== first.token, JSON.stringify(second));
        assert.ok(first.ms < 3000 && second.ms < 3000, `${first.ms} ms, ${second.ms} ms`);
        await page.close();
      });
    }
    for (const client of ['auth0', 'spa']) {
      await t.test(`${client}: an origin that is not registered is an error within a second, not a timeout`, async () => {
        const page = await open(browser, client, { client: 'unlisted' });
        const answer = await silently(page);
        assert.equal(answer.error, 'invalid_request', JSON.stringify(answer));
        assert.match(answer.description, /does not have a registered origin/);
        assert.ok(answer.ms < 1000, `${answer.ms} ms`);
        assert.ok(!answer.heard.some((message) => message.code || message.access_token));
        await page.close();
      });
    }
    await t.test('oidc: by redirect, only the callback has to be registered', async () => {
      const page = await open(browser, 'oidc', { client: 'unlisted' });
      assert.ok((await silently(page)).ok);
      await page.close();
    });
    await t.test('spa: an expired token is renewed, a fresh one is kept', async () => {
      const page = await open(browser, 'spa', { audience: 'https://api.example' });
      const cached = { cacheMode: 'on' };
      const [first, kept] = [await silently(page, cached), await silently(page, cached)];
      assert.equal(kept.token, first.token);
      await new Promise((done) => { setTimeout(done, 3000); });
      const renewed = await silently(page, cached);
      assert.ok(renewed.ok && renewed.token !== first.token, JSON.stringify(renewed));
      await page.close();
    });
    for (const client of clients) {
      await t.test(`${client}: two tabs renew at once, and each gets tokens of its own`, async () => {
        const [one, two] = [await open(browser, client), await open(browser, client)];
        const answers = await Promise.all([silently(one), silently(two)]);
        assert.ok(answers.every((answer) => answer.ok && answer.token), JSON.stringify(answers));
        assert.equal(answers[0].sub, answers[1].sub);
        await Promise.all([one.close(), two.close()]);
      });
    }
    await t.test('oidc: two tabs refresh at once, and both go on', async () => {
      const scope = 'openid offline_access';
      const [one, two] = [await open(browser, 'oidc', { scope }), await open(browser, 'oidc', { scope })];
      const first = await silently(one);
      assert.ok(first.refresh, JSON.stringify(first));
      const [a, b] = await Promise.all([silently(one), silently(two)]);
      assert.ok(a.ok && b.ok, JSON.stringify([a, b]));
      const [later, again] = [await silently(two), await silently(one)];
      assert.ok(later.ok && again.ok, JSON.stringify([later, again]));
      await Promise.all([one.close(), two.close()]);
    });
    await t.test('a log-out elsewhere is seen by the next poll', async () => {
      const pages = await Promise.all(clients.map((client) => open(browser, client)));
      const logout = await browser.page();
      await logout.goto(`https://${domains.near}/v2/logout?${new URLSearchParams({ client_id: 'shop', returnTo: `${near}/` })}`);
      assert.equal(logout.url(), `${near}/`);
      for (const page of pages) {
        const answer = await silently(page, page === pages[2] ? { forceIframeAuth: true } : undefined);
        assert.equal(answer.error, 'login_required', JSON.stringify(answer));
        assert.match(reasonOf(answer), /^(no_session|session_revoked)$/);
        await page.close();
      }
      await logout.close();
    });
    await browser.close();
  });

  test(`${kind}: from another site, where the cookie is withheld`, { timeout: 180_000 }, async (t) => {
    const browser = await launch(kind, { spki: [certificate.spki] });
    await signIn(browser, domains.far, beside);
    const where = { origin: far, domain: domains.far };

    for (const client of clients) {
      await t.test(`${client}: the reason says that the browser did it`, async () => {
        const page = await open(browser, client, where);
        const answer = await silently(page);
        assert.equal(answer.error, 'login_required', JSON.stringify(answer));
        assert.equal(reasonOf(answer), 'cookies_blocked', JSON.stringify(answer));
        assert.ok(answer.ms < 3000, `${answer.ms} ms`);
        await page.close();
      });
    }
    if (kind === 'chromium') {
      await t.test('after a permission, the frame gets its cookie without a click', async () => {
        await browser.grantStorageAccess(far, `https://${domains.far}`);
        for (const client of clients) {
          const page = await open(browser, client, where);
          const answer = await silently(page);
          assert.ok(answer.ok, `${client}: ${JSON.stringify(answer)}`);
          await page.close();
        }
      });
    }
    await browser.close();
  });

  test(`${kind}: from another site, where the browser lets cookies through`, { timeout: 120_000 }, async () => {
    const browser = await launch(kind, { spki: [certificate.spki], cookies: 'allowed' });
    await signIn(browser, domains.far, beside);
    for (const client of clients) {
      const page = await open(browser, client, { origin: far, domain: domains.far });
      const answer = await silently(page);
      assert.ok(answer.ok, `${client}: ${JSON.stringify(answer)}`);
      await page.close();
    }
    await browser.close();
  });
}

for (const kind of kinds) {
  test(`${kind}: a popup signs in and answers its opener`, { timeout: 90_000 }, async () => {
    const browser = await launch(kind, { spki: [certificate.spki] });
    const page = await open(browser, 'popup');
    const [popup] = await Promise.all([new Promise((done) => { page.once('popup', done); }), page.click('#in')]);
    await popup.waitForSelector('#password');
    await popup.type('#username', users[0].email);
    await popup.type('#password', users[0].password);
    await popup.click('button[name=action][value=login]').catch(() => {}); // it may close under the click
    await page.waitForFunction(() => document.getElementById('out').value !== '');
    assert.match(await page.$eval('#out', (out) => out.value), /^auth0\|/);
    await browser.close();
  });
}

test('firefox: a redirect sign-in at which the person typed is a permission', { timeout: 120_000 }, async () => {
  const browser = await launch('firefox', { spki: [certificate.spki] });
  const page = await open(browser, 'spa', { origin: far, domain: domains.far });
  const query = new URLSearchParams({ client_id: 'shop', redirect_uri: `${far}/callback`, response_type: 'code', scope: 'openid', state: 's' });
  await page.evaluate((to) => { location.href = to; }, `https://${domains.far}/authorize?${query}`);
  await page.waitForSelector('#username');
  await signInOn(page, users[0]);
  await page.goto(`${far}/spa?${new URLSearchParams({ domain: domains.far })}`);
  const answer = await silently(page);
  assert.ok(answer.ok, JSON.stringify(answer));
  await browser.close();
});
