// SPDX-License-Identifier: Apache-2.0
// Bad input at the authorization endpoint: one clear error each, never a 5xx, never a crash, and
// nothing of it comes back as markup.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, refusal, spa } from '../support/browser.mjs';
import { raw } from '../support/http.mjs';
import { serve } from '../support/server.mjs';

const origin = spa.web_origins[0];
const callback = spa.callbacks[0];
const sentence = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/;
const parameters = ['client_id', 'redirect_uri', 'response_type', 'response_mode', 'scope', 'audience', 'state', 'nonce', 'prompt', 'max_age',
  'login_hint', 'id_token_hint', 'acr_values', 'ui_locales', 'code_challenge', 'code_challenge_method', 'claims', 'connection',
  'organization', 'screen_hint', 'display', 'dpop_jkt', 'auth0Client', 'web_message_uri', 'unknown'];

const server = await serve();
const browser = new Browser(server);
await browser.signIn('ana');

/** One clear error, whichever way this one goes. */
function isClear(answer, what) {
  assert.ok(answer.status < 500, `${what}: ${answer.status}`);
  if (answer.status >= 400) {
    assert.match(answer.header('content-type'), /^text\/html; charset=utf-8$/, what);
    assert.ok(answer.text.length > 100, what);
    return;
  }
  const { params } = answer;
  if (params.error) assert.match(params.error_description, sentence, what);
}

test('each parameter repeated', async () => {
  for (const name of parameters) {
    const value = browser.parameters()[name] ?? '1';
    for (const mode of ['web_message', 'query']) {
      const answer = await browser.authorize({ prompt: 'none', response_mode: mode, [name]: [value, value] });
      isClear(answer, name);
      if (name === 'client_id') answer.isErrorPage(400, origin, { ...refusal('invalid_request') });
      else if (name === 'redirect_uri') answer.isErrorPage(403, origin, { ...refusal('invalid_request') });
      else assert.equal(answer.params.error, 'invalid_request', `${name} by ${mode}`);
    }
  }
});

test('each parameter with 12 kB of text', async () => {
  for (const name of parameters) {
    const answer = await browser.authorize({ prompt: 'none', [name]: 'x'.repeat(12_000) });
    isClear(answer, name);
    assert.ok(answer.text.length < 16_000 && (answer.location ?? '').length < 16_000, `${name} is not played back`);
  }
});

test('each parameter with more than a URL may hold', async () => {
  for (const name of parameters) {
    const answer = await browser.authorize({ prompt: 'none', [name]: 'x'.repeat(17_000) });
    assert.ok([414, 431].includes(answer.status), `${name}: ${answer.status}`);
  }
});

test('each parameter with NUL, bad UTF-8, and a broken escape', async () => {
  for (const name of parameters) {
    for (const bytes of ['%00', 'a%00b', '%ff', '%c0%80', '%ed%a0%80', '%', '%4', '%zz']) {
      const pairs = Object.entries(browser.parameters({ prompt: 'none' })).filter(([key]) => key !== name);
      const query = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join('&');
      const answer = await browser.send(`/authorize?${query}&${name}=${bytes}`, { headers: { 'Sec-Fetch-Site': 'cross-site' } });
      const what = `${name}=${bytes}`;
      isClear(answer, what);
      if (name === 'client_id') assert.equal(answer.status, 400, what);
      else if (name === 'redirect_uri') assert.equal(answer.status, 403, what);
      else assert.equal(answer.params.error, 'invalid_request', what);
    }
  }
});

test('script injection into each value that comes back', async () => {
  const attacks = ['</script><script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "';alert(1)//", '\u2028alert(1)', '<!--', '{{constructor}}', '${1}'];
  for (const attack of attacks) {
    for (const name of ['state', 'client_id', 'redirect_uri', 'audience', 'scope', 'nonce', 'login_hint', 'ui_locales', 'response_mode', 'prompt']) {
      for (const mode of ['web_message', 'form_post', 'query']) {
        const answer = await browser.authorize({ prompt: 'none', response_mode: mode, [name]: attack });
        isClear(answer, `${name}=${attack}`);
        assert.ok(!answer.text.includes(attack) || !/[<>]/.test(attack), `${name} comes back as markup: ${answer.text.slice(0, 500)}`);
        assert.doesNotMatch(/<script>.*<\/script>/s.exec(answer.text)?.[0] ?? '', /\u2028/);
        assert.ok((answer.text.match(/<script>/g) ?? []).length <= 1, `${name}: a script of somebody else's`);
      }
    }
  }
  const page = await browser.follow(await browser.authorize({ prompt: 'login', login_hint: attacks[1], ui_locales: attacks[0] }));
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /<script|<img src=x/);
});

test('a header is not split', async () => {
  for (const name of ['state', 'redirect_uri', 'client_id', 'audience']) {
    const { text, statuses } = await raw(server.origin,
      `GET /authorize?${new URLSearchParams({ ...browser.parameters({ prompt: 'none' }), [name]: 'a\r\nSet-Cookie: evil=1\r\n\r\n' })} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    assert.equal(statuses.length, 1);
    assert.doesNotMatch(text, /^Set-Cookie: evil/mi);
  }
});

test('wrong methods', async () => {
  for (const method of ['HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    const answer = await browser.send('/authorize', { method });
    assert.equal(answer.status, method === 'PROPFIND' ? answer.status : 405, method);
    assert.ok(answer.status === 405 || answer.status === 501, method);
    if (answer.status === 405) assert.match(answer.header('allow'), /GET.*POST/, method);
  }
});

test('a body that is no form', async () => {
  for (const [type, body] of [['application/json', '{"client_id":"shop"}'], ['text/plain', 'client_id=shop'], ['application/x-www-form-urlencoded', '\0\0\0'], ['', '']]) {
    const answer = await browser.send('/authorize', { method: 'POST', body, headers: { 'Content-Type': type } });
    isClear(answer, type);
    assert.ok(answer.status >= 400 && answer.status < 500, `${type}: ${answer.status}`);
  }
  assert.equal((await browser.send('/authorize', { method: 'POST', body: 'x'.repeat(70_000), headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })).status, 413);
});

test('too many parameters', async () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`p${i}`, '1']));
  const answer = await browser.authorize({ prompt: 'none', ...many });
  isClear(answer, 'many');
  assert.equal(answer.params.error, 'invalid_request');
});

test('an answer for somebody else is not framed by a stranger', async () => {
  const page = await browser.silently({ redirect_uri: 'http://evil.example/' });
  assert.equal(page.status, 403);
  assert.deepEqual(page.directive('frame-ancestors'), ['http://evil.example']);
  assert.ok(!('code' in page.posted.message.response));
  for (const uri of ["http://evil.example;script-src *", "http://evil.example'/", 'http://[::1]:9/', 'http://evil.example:99999/', 'http://a b/']) {
    const odd = await browser.silently({ redirect_uri: uri });
    assert.equal(odd.status, 403, uri);
    assert.equal((odd.header('content-security-policy').match(/script-src/g) ?? []).length, 1, uri);
  }
});

test('resume without an interaction, or from another browser', async () => {
  for (const query of ['', '?state=', '?state=x', `?state=${'a'.repeat(32)}`, '?state=%00']) (await browser.send(`/authorize/resume${query}`)).isPage(400);
  const started = await browser.authorize({ prompt: 'login' });
  const { searchParams } = new URL(started.location);
  (await new Browser(server).send(`/authorize/resume?state=${searchParams.get('state')}`)).isPage(400);
});

test('the server is as well as before', async () => {
  (await browser.silently()).postsMessage(origin, { code: /./, state: 'xyz' });
  assert.equal((await browser.authorize({ prompt: 'none' })).redirectsTo(callback, { code: /./, state: 'xyz' }).status, 302);
});
