// SPDX-License-Identifier: Apache-2.0
// What the authorization endpoint answered, and what a test may say of it. Every expectation
// returns the answer, so that they read as one sentence. Answers are compared whole: a member
// that nobody expected fails.
import assert from 'node:assert/strict';

import { createHash } from 'node:crypto';
import { createContext, runInContext } from 'node:vm';

import { forms } from './html.mjs';

// Allowed in any response (contract, section 4): a test names them only when it is about them.
const incidental = ['iss', 'session_state'];

function compare(actual, expected, what) {
  for (const [name, value] of Object.entries(expected)) {
    if (value === undefined) assert.ok(!(name in actual), `${what}: ${name} should not be there`);
    else assert.ok(name in actual, `${what}: no ${name} in ${JSON.stringify(actual)}`);
    if (value instanceof RegExp) assert.match(String(actual[name]), value, `${what}: ${name}`);
    else assert.deepEqual(actual[name], value, `${what}: ${name}`);
  }
  const surplus = Object.keys(actual).filter((name) => !(name in expected) && !incidental.includes(name));
  assert.deepEqual(surplus, [], `${what}: more than was expected: ${JSON.stringify(actual)}`);
}

function once(pairs) {
  const params = {};
  for (const [name, value] of pairs) {
    assert.ok(!(name in params), `${name} is sent twice`);
    params[name] = value;
  }
  return params;
}

/**
 * Runs the script of a response page as a frame without storage access would. A relay is
 * answered as the WinChan page of auth0.js answers, and what it is given counts as posted.
 */
function runInFrame(code) {
  let posted = null;
  let relay = null;
  const post = (message, origin) => { posted = { origin, message: JSON.parse(JSON.stringify(message)) }; };
  const frames = new Proxy({}, { get: () => ({ postMessage: post }) });
  const parent = { postMessage: (message, origin) => {
    if (message.type === 'relay_request') relay({ origin, data: { type: 'relay_response' }, source: { frames } });
    else post(message, origin);
  } };
  const window = { opener: null, parent, close() {} };
  const document = { getElementById: () => ({}), forms: [{ submit() {} }] };
  const addEventListener = (_, listener) => { relay = listener; };
  runInContext(code, createContext({ window, document, addEventListener, setTimeout() {}, location: {} }), { timeout: 1000 });
  return posted;
}

export class Answer {
  constructor(response) {
    this.response = response;
  }

  get status() {
    return this.response.status;
  }

  get text() {
    return this.response.text;
  }

  header(name) {
    return this.response.header(name);
  }

  /** The words of one directive of the Content-Security-Policy; [] if it is not there. */
  directive(name) {
    const policy = (this.header('content-security-policy') ?? '').split(';').map((part) => part.trim().split(/ +/));
    return policy.find(([first]) => first === name)?.slice(1) ?? [];
  }

  get location() {
    return this.header('location');
  }

  /** The page's forms, as html.mjs reads them. */
  get forms() {
    return forms(this.text);
  }

  /** Where a redirect leads: {uri, params, mode: 'query' | 'fragment' | 'none'}. */
  get redirect() {
    assert.ok(this.location, `no redirect but ${this.status}: ${this.text.slice(0, 400)}`);
    const [, uri, query, fragment] = /^([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(this.location);
    const mode = fragment !== undefined ? 'fragment' : query !== undefined ? 'query' : 'none';
    return { uri, mode, params: once(new URLSearchParams(fragment ?? query ?? '')) };
  }

  /** What the page would post to opener or parent: {origin, message}, or null. */
  get posted() {
    const scripts = [...this.text.matchAll(/<script>(.*?)<\/script>/gs)].map(([, code]) => code);
    return scripts.length === 1 && !/<form\b/.test(this.text) ? runInFrame(scripts[0]) : null;
  }

  /** The members of the response, by whichever mode they came. */
  get params() {
    if (this.location) return this.redirect.params;
    if (this.posted) return this.posted.message.response;
    const [form] = this.forms;
    return once(form?.fields ?? []);
  }

  /** The reason word that error_uri carries (contract, section 4), and the request's id. */
  get reason() {
    return /\/why\/([a-z_]+)(?:\?|$)/.exec(this.params.error_uri ?? '')?.[1];
  }

  get requestId() {
    return new URL(this.params.error_uri).searchParams.get('id');
  }

  redirectsTo(uri, params, mode) {
    assert.match(String(this.status), /^30[23]$/, `no redirect but ${this.status}: ${this.text.slice(0, 400)}`);
    const to = this.redirect;
    assert.equal(to.uri, uri);
    if (mode) assert.equal(to.mode, mode);
    compare(to.params, params, 'redirect');
    return this;
  }

  /** A web_message page that posts exactly `response` to `origin` and to no other. */
  postsMessage(origin, response) {
    assert.equal(this.status, 200, this.text.slice(0, 400));
    assert.equal(this.header('content-type'), 'text/html; charset=utf-8');
    assert.equal(this.header('x-frame-options'), undefined);
    assert.ok(this.directive('frame-ancestors').includes(origin), this.header('content-security-policy'));
    return this.#posts(origin, response);
  }

  /** The page runs its one script, by hash, and nothing else. */
  #isPinned() {
    const [, code] = /<script>(.*?)<\/script>/s.exec(this.text);
    const hash = createHash('sha256').update(code).digest('base64');
    assert.deepEqual(this.directive('script-src'), [`'sha256-${hash}'`]);
    assert.deepEqual(this.directive('default-src'), ["'none'"]);
  }

  #posts(origin, response) {
    const { posted } = this;
    assert.ok(posted, `nothing is posted: ${this.text.slice(0, 400)}`);
    this.#isPinned();
    assert.deepEqual(Object.keys(posted).sort(), ['message', 'origin']);
    assert.equal(posted.origin, origin);
    assert.deepEqual(Object.keys(posted.message).sort(), ['response', 'type']);
    assert.equal(posted.message.type, 'authorization_response');
    compare(posted.message.response, response, 'message');
    return this;
  }

  /** A page that posts itself to the app (response_mode=form_post). */
  postsForm(uri, params) {
    assert.equal(this.status, 200, this.text.slice(0, 400));
    const [form] = this.forms;
    assert.equal(form?.method, 'POST');
    assert.equal(form.action, uri);
    compare(once(form.fields), params, 'form');
    return this;
  }

  /** A page for a person: of this status, framed by nobody, and no way on to an app. */
  isPage(status = 200) {
    this.#isHtml(status);
    assert.equal(this.header('x-frame-options'), 'DENY');
    assert.deepEqual(this.directive('frame-ancestors'), ["'none'"]);
    return this;
  }

  /**
   * The page of rows 1 to 3: readable, harmless, and what waits in `origin` hears of it too.
   * Without an origin it may not be framed and posts nothing.
   */
  isErrorPage(status, origin, response) {
    if (!origin) {
      assert.equal(this.posted, null);
      return this.isPage(status);
    }
    this.#isHtml(status);
    assert.equal(this.header('x-frame-options'), undefined);
    assert.deepEqual(this.directive('frame-ancestors'), [origin]);
    assert.doesNotMatch(this.text, /<(form|button|a)\b/i, 'nothing on this page acts');
    return this.#posts(origin, response);
  }

  #isHtml(status) {
    assert.equal(this.status, status, this.text.slice(0, 400));
    assert.equal(this.location, undefined);
    assert.equal(this.header('content-type'), 'text/html; charset=utf-8');
  }

  isNeverCached() {
    assert.match(this.header('cache-control') ?? '', /(^|, *)no-store\b/);
    return this;
  }

  /** Of the table in the contract, section 4: the refusal's reason. */
  because(reason) {
    assert.equal(this.reason, reason, JSON.stringify(this.params));
    return this;
  }
}

/** The members of a refusal, for redirectsTo and postsMessage. */
export function refusal(error, description, { state = 'xyz' } = {}) {
  return { error, error_description: description ?? /./, error_uri: /^https?:\/\/[^/]+\/why\/[a-z_]+\?id=[\w-]{8,64}$/, state };
}
