// SPDX-License-Identifier: Apache-2.0
// The silent invariant as a property: whatever a request with prompt=none looks like, and
// whatever state the browser is in, it ends in a success or in an error that reaches the
// caller; never in a page for a person, never in a 5xx, never without an answer.
// The suite of the threaded build runs this too: ThreadSanitizer.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser, spa } from '../support/browser.mjs';
import { program, serve } from '../support/server.mjs';
import { defaultTenant, users, webApp } from '../support/tenant.mjs';

const guest = { ...spa, name: 'Guest', client_id: 'guest', is_first_party: false, callbacks: ['http://guest.localhost:9/cb'], web_origins: ['http://guest.localhost:9'] };
const instrumented = /san/.test(program);
const requests = Number(process.env.TACIT_PROPERTY_REQUESTS ?? 1500);

/** A generator that a failure can be repeated with: TACIT_SEED=N. */
function randomness(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return { chance: (p) => next() < p, pick: (list) => list[Math.floor(next() * list.length)] };
}

const odd = ['', ' ', '\0', 'x', '%', '%zz', 'é', '<script>alert(1)</script>', '"', '\\', '\r\nSet-Cookie: a=b', 'a'.repeat(5000), '-1', '1e9', 'null', '[]', '{}', '../..', '\u2028', '\uFFFF'];

const values = (hints) => ({
  client_id: ['shop', 'shop', 'shop', 'office', 'guest', 'nobody', ...odd],
  redirect_uri: [spa.callbacks[0], spa.callbacks[0], webApp.callbacks[0], guest.callbacks[0], 'http://evil.example/', 'com.app:/cb', 'javascript:alert(1)', ...odd],
  response_type: ['code', 'code', 'id_token', 'token id_token', 'code id_token token', 'code token', 'none', ...odd],
  response_mode: ['web_message', 'web_message', 'query', 'fragment', 'form_post', ...odd],
  prompt: ['none', 'none', 'none', 'none login', 'none nap'],
  scope: ['openid', 'openid profile', 'openid email read:orders offline_access', 'profile', ...odd],
  audience: [undefined, 'https://api.example', 'https://nowhere.example', ...odd],
  state: ['xyz', 'a=', ...odd],
  nonce: ['n', ...odd],
  max_age: [undefined, '0', '60', ...odd],
  login_hint: [undefined, 'ana@example.com', ...odd],
  id_token_hint: [undefined, ...hints, ...odd],
  acr_values: [undefined, 'http://schemas.openid.net/pape/policies/2007/06/multi-factor', ...odd],
  code_challenge: [undefined, 'a'.repeat(43), ...odd],
  code_challenge_method: [undefined, 'S256', 'plain', ...odd],
  claims: [undefined, '{"id_token":{"auth_time":{"essential":true}}}', '{"userinfo":{"name":null}}', ...odd],
  ui_locales: [undefined, 'pt-BR es', ...odd],
  web_message_uri: [undefined, 'http://app.localhost:9/relay', ...odd],
  web_message_target: [undefined, 'frame', ...odd],
  dpop_jkt: [undefined, ...odd],
  resource: [undefined, 'https://api.example', ...odd],
  tacit_storage_access: [undefined, '1'],
});

const headers = {
  'Sec-Fetch-Site': [null, 'none', 'same-origin', 'same-site', 'cross-site', 'odd'],
  'Sec-Fetch-Dest': [null, 'document', 'iframe', 'empty', 'webidentity'],
  'Sec-Fetch-Storage-Access': [null, 'none', 'inactive', 'active', 'odd'],
  Origin: [null, 'http://app.localhost:9', 'http://evil.example', 'null', '"; x'],
  Accept: [null, 'application/json', 'text/html'],
};

function generate(random, fields) {
  const pairs = [];
  // Mostly a request that could succeed, with a few things off: all off never gets past row 1.
  const sound = { client_id: 'shop', redirect_uri: spa.callbacks[0], response_type: 'code', scope: 'openid', state: 'xyz', nonce: 'n', prompt: 'none', response_mode: 'web_message' };
  for (const [name, list] of Object.entries(fields)) {
    const value = random.chance(0.15) ? random.pick(list) : sound[name];
    if (value === undefined) continue;
    pairs.push([name, value]);
    if (random.chance(0.01)) pairs.push([name, random.pick(list) ?? value]);
  }
  if (!pairs.some(([name, value]) => name === 'prompt' && /(^| )none( |$)/.test(value))) pairs.push(['prompt', 'none']);
  if (random.chance(0.05)) pairs.push([random.pick(odd) || 'extra', random.pick(odd)]);
  return pairs;
}

/** How the caller hears of it: {kind, params}; throws where it hears nothing. */
function outcome(answer) {
  const { status } = answer;
  if (status === 302 || status === 303) return { kind: 'redirect', params: answer.redirect.params, to: answer.redirect.uri };
  if (answer.posted) return { kind: status === 200 ? 'message' : 'error page', params: answer.posted.message.response, to: answer.posted.origin };
  const [form] = answer.forms;
  if (status === 200 && form) return { kind: 'form', params: answer.params, to: form.action };
  if (status === 200 && /requestStorageAccess/.test(answer.text)) return { kind: 'asks first', params: { error: 'login_required' } };
  // What is longer than a URL may be is not read at all.
  const isTooLong = status === 414 && answer.response.url.href.length > 16_000;
  assert.ok(status === 400 || status === 403 || isTooLong, `status ${status}: ${answer.text.slice(0, 300)}`);
  return { kind: 'error page', params: { error: 'invalid_request' } };
}

const registered = new Set([spa, webApp, guest].flatMap(({ callbacks, web_origins: origins = [] }) => [...callbacks, ...origins]));
const known = ['code', 'access_token', 'token_type', 'expires_in', 'scope', 'id_token', 'state', 'iss', 'session_state', 'error', 'error_description', 'error_uri'];

function holds(answer, what) {
  const { kind, params, to } = outcome(answer);
  assert.doesNotMatch(answer.text, /type="?password|id="username"/, `${what}: a page for a person`);
  assert.equal(answer.header('set-cookie'), undefined, `${what}: a cookie on a silent answer`);
  assert.match(answer.header('cache-control') ?? '', /no-store/, what);
  for (const name of Object.keys(params)) assert.ok(known.includes(name), `${what}: member ${name}`);
  const success = 'code' in params || 'access_token' in params || 'id_token' in params;
  assert.notEqual(success, 'error' in params, `${what}: ${JSON.stringify(params)}`);
  if (success) assert.ok(kind !== 'error page' && registered.has(to), `${what}: a token for ${to}`);
  if (params.error_description) assert.match(params.error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/, what);
  return `${kind} ${params.error ?? 'ok'}`;
}

async function walk(t, { server, browsers, hints, count }) {
  const seed = Number(process.env.TACIT_SEED ?? Date.now() % 1e9);
  t.diagnostic(`TACIT_SEED=${seed}`);
  const random = randomness(seed);
  const fields = values(hints);
  const seen = {};
  const times = [];

  for (let i = 0; i < count; i++) {
    const pairs = generate(random, fields);
    const browser = random.pick(browsers);
    const sent = Object.fromEntries(Object.entries(headers).map(([name, list]) => [name, random.chance(0.5) ? random.pick(list) : null]));
    const method = random.chance(0.1) ? 'POST' : 'GET';
    const began = performance.now();
    // eslint-disable-next-line no-await-in-loop -- one at a time, so that a failure has one cause
    const answer = await browser.authorize(pairs, { headers: sent, method });
    times.push(performance.now() - began);
    const what = `request ${i} of seed ${seed}: ${method} ${JSON.stringify(pairs).slice(0, 1500)} ${JSON.stringify(sent)}`;
    try {
      const outcomeSeen = holds(answer, what);
      seen[outcomeSeen] = (seen[outcomeSeen] ?? 0) + 1;
    } catch (error) {
      error.message = `${what}\n${error.message}\n${server.stderr.slice(-500)}`;
      throw error;
    }
  }
  times.sort((one, other) => one - other);
  t.diagnostic(JSON.stringify(seen));
  t.diagnostic(`median ${times[count >> 1].toFixed(1)} ms, slowest ${times.at(-1).toFixed(1)} ms`);
  assert.ok(times.at(-1) < 5000, 'no caller is left waiting');
  return { seen, median: times[count >> 1] };
}

test(`each of ${requests} generated silent requests is answered`, async (t) => {
  const server = await serve({ tenant: defaultTenant({ clients: [spa, webApp, guest], users }) });
  const [ana, both, stranger, left] = Array.from({ length: 4 }, () => new Browser(server));
  await ana.signIn('ana');
  const { id_token: hint } = (await ana.silently({ response_type: 'id_token' })).params;
  await both.signIn('ana');
  await both.signIn('ben', { prompt: 'login' });
  await left.signIn('ana');
  await left.send('/v2/logout');
  const { seen, median } = await walk(t, { server, browsers: [ana, ana, both, stranger, left], hints: [hint, `${hint}x`, hint.replace(/\.[^.]*$/, '.')], count: requests });
  assert.ok(seen['message ok'] > requests / 50, 'the generator still reaches successes');
  assert.ok(Object.keys(seen).length > 8, 'and many kinds of answers');
  assert.ok(median < (instrumented ? 500 : 50), `half of them, at least, within 50 ms: ${median}`);
});

test('and in each state that policy brings about: blocked, denied, sent away, challenged, an action that fails', async (t) => {
  const states = {
    blocked: 'unauthorized', deny: 'access_denied', redirect: 'interaction_required', mfa: 'login_required', challenge: 'login_required', fail: 'server_error', hang: 'server_error', none: 'ok',
  };
  const code = `exports.onExecutePostLogin = async (event, api) => {
    const state = event.transaction.silent ? event.user.app_metadata.state : 'none';
    if (state === 'deny') api.access.deny('no');
    if (state === 'redirect') api.redirect.sendUserTo('https://terms.example/');
    if (state === 'mfa') api.multifactor.enable('any');
    if (state === 'challenge') api.authentication.challengeWith({ type: 'otp' });
    if (state === 'fail') throw new Error('on purpose');
    if (state === 'hang') for (;;);
  };`;
  const people = Object.keys(states).map((state) => ({ email: `${state}@example.com`, password: `correct horse ${state}`, app_metadata: { state } }));
  const tenant = defaultTenant({ clients: [spa, webApp, guest], users: people, triggers: { 'post-login': ['states'] },
    actions: [{ name: 'states', supported_triggers: [{ id: 'post-login', version: 'v3' }], code, time_limit_in_ms: 500 }] });
  const server = await serve({ tenant });
  const browsers = people.map(() => new Browser(server));
  for (const [i, person] of people.entries()) await browsers[i].signIn(person);
  const { id_token: hint } = (await browsers.at(-1).silently({ response_type: 'id_token' })).params;
  await server.apply({ ...tenant, users: people.map((person) => ({ ...person, blocked: person.app_metadata.state === 'blocked' })) });
  await new Promise((done) => { setTimeout(done, 1100); });

  for (const [i, [state, error]] of Object.entries(states).entries()) {
    assert.equal((await browsers[i].silently()).params.error ?? 'ok', error, state);
  }
  const { seen } = await walk(t, { server, browsers, hints: [hint], count: Math.ceil(requests / 5) });
  assert.ok(Object.keys(seen).length > 6, 'many kinds of answers');
});
