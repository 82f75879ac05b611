// SPDX-License-Identifier: Apache-2.0
// picture_url: the tenant's picture at the head of what a person sees, and nowhere else.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { elements } from '../support/html.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const picture_url = "https://img.example:8443/a;b='c'?d=e&f";
const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false, logo_uri: 'https://guest.example/logo.png' };
const tenantOf = (settings) => defaultTenant({ tenant: settings, clients: [spa, guest],
  guardianPolicies: { policies: ['all-applications'] }, databases: [{ name: 'db' }] });
const server = await serve({ tenant: tenantOf({ picture_url }) });
const pictures = ({ text }) => elements(text, 'img').map(({ attributes }) => attributes);
const own = { src: picture_url, alt: 'Tests', referrerpolicy: 'no-referrer' };

function shows(answer, sources = ['https://img.example:8443']) {
  assert.deepEqual(pictures(answer)[0], own, answer.text);
  assert.deepEqual(answer.directive('img-src'), ['data:', ...sources]);
  assert.equal(elements(answer.text, 'p').some(({ attributes, text }) => attributes.class === 'site' && text), false);
  assert.equal(answer.header('referrer-policy'), 'same-origin');
  assert.equal(answer.header('cross-origin-embedder-policy'), undefined);
}

function showsNone(answer) {
  assert.deepEqual(pictures(answer), []);
  assert.ok(!answer.text.includes('img.example'), answer.text);
  assert.ok(!answer.header('content-security-policy')?.includes('img.example'));
}

test('a page of a person shows it, and may load it from its origin only', async (t) => {
  for (const path of ['/u/reset', '/u/signup?state=x', '/activate', '/u/login?state=none', '/why/no_session', '/why/none_such', '/nowhere',
    '/oidc/logout?post_logout_redirect_uri=https://evil.example/', '/oidc/logout', '/authorize/resume?state=none']) {
    await t.test(path, async () => shows(await new Browser(server).send(path)));
  }
  await t.test('sign-in, and the second factor', async () => {
    const browser = new Browser(server);
    const login = await browser.follow(await browser.authorize());
    shows(login);
    shows(await browser.fillIn(login, browser.user('ana')));
  });
});

test('beside it the picture of an application, where the page shows that', async () => {
  const browser = new Browser(server, { client: guest });
  const login = await browser.follow(await browser.authorize());
  shows(login, ['https://img.example:8443', 'https://guest.example']);
  assert.deepEqual(pictures(login)[1], { src: guest.logo_uri, alt: '', referrerpolicy: 'no-referrer' });
  shows(await browser.send('/u/reset'));
});

test('what answers a frame never carries it', async (t) => {
  const browser = new Browser(server);
  const requests = {
    'a refusal as a message': browser.authorize({ prompt: 'none', response_mode: 'web_message' }, { frame: true }),
    'a refusal by form': browser.authorize({ prompt: 'none', response_mode: 'form_post' }, { frame: true }),
    'an unknown client': browser.authorize({ client_id: 'nobody', prompt: 'none', response_mode: 'web_message' }, { frame: true }),
    'the frame of the session': browser.send('/oidc/check_session'),
  };
  for (const [name, answer] of Object.entries(requests)) await t.test(name, async () => showsNone(await answer));
});

test('without one the name stands there, and pictures of nowhere are allowed', async (t) => {
  const plain = await serve({ test: t, tenant: tenantOf({}) });
  const answer = await new Browser(plain).send('/u/reset');
  assert.match(answer.text, /<p class="site">Tests<\/p>/);
  assert.deepEqual(answer.directive('img-src'), ['data:']);
});

test('one without a name has nothing to be read out', async (t) => {
  const nameless = await serve({ test: t, tenant: tenantOf({ picture_url, friendly_name: '' }) });
  assert.deepEqual(pictures(await new Browser(nameless).send('/u/reset')), [{ ...own, alt: '' }]);
});

test('a file with another kind of URL is refused, and says which', async () => {
  for (const [bad, words] of [['http://img.example/a.png', /picture_url: must be an https URL, or http on localhost/],
    ['https://u:p@img.example/a.png', /picture_url: must not hold a user name/], ['/a.png', /picture_url: must be an absolute URL/]]) {
    await assert.rejects(server.apply(tenantOf({ picture_url: bad })), words);
  }
});
