// SPDX-License-Identifier: Apache-2.0
// A browser without a screen: a cookie jar, the headers that browsers send, and the few things a
// person does on our pages. It signs in through the real page, as everybody must.
//
//   const server = await serve();
//   const browser = new Browser(server);
//   await browser.signIn('ana');
//   (await browser.authorize({ prompt: 'none' })).redirectsTo(spa.callbacks[0], { code: /./, state: 'xyz' });
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { Answer, refusal } from './answer.mjs';
import { Jar } from './cookies.mjs';
import { request } from './http.mjs';
import { spa } from './tenant.mjs';

export { refusal, spa };

// RFC 7636, appendix B: long enough, and the same in every test.
export const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
export const challenge = createHash('sha256').update(verifier).digest('base64url');

const topLevel = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document', 'Sec-Fetch-User': '?1' };
const inFrame = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'iframe' };

export class Browser {
  constructor(server, { client = spa, jar = new Jar() } = {}) {
    this.server = server;
    this.client = client;
    this.jar = jar;
  }

  /** One request to the server. `path` may be a whole URL. Options are those of http.mjs. */
  async send(path, options = {}) {
    const url = /^https?:/.test(path) ? path : this.server.origin + path;
    return new Answer(await request(url, { jar: this.jar, ca: this.server.ca, ...options }));
  }

  /** The request that the client would make, with these parameters over it; undefined omits one. */
  parameters(changes = {}) {
    const { client } = this;
    return {
      client_id: client.client_id,
      redirect_uri: client.callbacks[0],
      response_type: 'code',
      scope: 'openid',
      state: 'xyz',
      nonce: 'n-0S6_WzA2Mj',
      code_challenge: challenge,
      code_challenge_method: 'S256',
      ...changes,
    };
  }

  /**
   * GET /authorize. Options beyond those of http.mjs:
   *   frame: true     asked from a hidden frame of another site
   *   cookies: false  the browser withholds its cookies, and says so as Chromium does
   *   method: 'POST'  the parameters go in the body
   */
  authorize(params, { frame = false, cookies = true, method = 'GET', headers, ...options } = {}) {
    const sent = Array.isArray(params) ? params : this.parameters(params);
    const withheld = cookies ? {} : { 'Sec-Fetch-Storage-Access': 'none' };
    return this.send('/authorize', {
      ...options,
      ...(cookies ? {} : { jar: undefined }),
      ...(method === 'POST' ? { form: sent } : { query: sent }),
      headers: { 'Sec-Fetch-Site': 'cross-site', ...(frame ? { ...inFrame, ...withheld } : topLevel), ...headers },
    });
  }

  /** prompt=none from a hidden frame: what SDKs do. */
  silently(params, options) {
    const asked = { prompt: 'none', response_mode: 'web_message', ...params };
    return this.authorize(asked, { frame: true, ...options });
  }

  /** Goes on while the server redirects to itself. */
  async follow(answer) {
    let at = answer;
    for (let hops = 0; at.location && /^30[1-8]$/.test(String(at.status)); hops++) {
      const next = new URL(at.location, at.response.url);
      if (next.origin !== this.server.origin) return at;
      assert.ok(hops < 10, `sent round in circles at ${next}`);
      at = await this.send(next.href, { headers: { 'Sec-Fetch-Site': 'same-origin', ...topLevel } });
    }
    return at;
  }

  /**
   * Fills the form that has `button`, a {name: value} or a predicate, and presses it. `typed` maps
   * ids or names of inputs to what is written there. The answer is followed on our own server.
   */
  async press(answer, typed, button) {
    const wanted = typeof button === 'function' ? button
      : (b) => Object.entries(button).every(([name, value]) => b.name === name && b.value === value);
    const form = answer.forms.find((f) => f.buttons.some(wanted));
    assert.ok(form, `no such button on ${answer.response.url}: ${answer.text.slice(0, 1500)}`);
    const pressed = form.buttons.find(wanted);
    const fields = [...form.fields];
    for (const [key, value] of Object.entries(typed)) {
      const input = form.controls.find((control) => control.id === key || control.name === key);
      assert.ok(input, `no input ${key} on ${answer.response.url}`);
      const at = fields.findIndex(([name]) => name === input.name);
      if (at >= 0) fields.splice(at, 1);
      fields.push([input.name, value]);
    }
    if (pressed.name) fields.push([pressed.name, pressed.value ?? '']);
    const target = new URL(form.action || answer.response.url.href, answer.response.url).href;
    const headers = { Origin: this.server.origin, 'Sec-Fetch-Site': 'same-origin', ...topLevel };
    const sent = form.method === 'POST' ? { form: fields, method: 'POST' } : { query: fields };
    return this.follow(await this.send(target, { ...sent, headers }));
  }

  /** The tenant's user of this e-mail address, or of the part before its @. */
  user(name) {
    if (typeof name === 'object') return name;
    const found = this.server.tenant.users.find(({ email }) => email === name || email.startsWith(`${name}@`));
    assert.ok(found, `the tenant has no user ${name}`);
    return found;
  }

  /** Fills in the sign-in page, or its two pages where the tenant asks for the name first. */
  async fillIn(page, { email, password }) {
    let at = page;
    for (let pages = 0; pages < 2; pages++) {
      const has = (id) => at.forms.some((form) => form.controls.some((control) => control.id === id));
      if (!has('username') && !has('password')) break;
      const typed = { ...(has('username') && { username: email }), ...(has('password') && { password }) };
      at = await this.press(at, typed, { action: 'login' });
      if ('password' in typed) break;
    }
    return at;
  }

  /** Signs in through the real page and ends where the app is answered. */
  async signIn(user = 'ana', params = {}) {
    const first = await this.follow(await this.authorize(params));
    assert.equal(first.status, 200, `no sign-in page: ${first.status} ${first.location ?? first.text.slice(0, 400)}`);
    return this.fillIn(first, this.user(user));
  }

  /** POST /oauth/token, as the app's own page would. */
  token(form, { headers, ...options } = {}) {
    const [origin] = this.client.web_origins ?? [];
    return this.send('/oauth/token', {
      ...options,
      jar: undefined,
      form: { client_id: this.client.client_id, client_secret: this.client.client_secret, ...form },
      headers: { Origin: origin, ...headers },
    });
  }

  /** Redeems the code of an answer: the token endpoint's JSON. */
  async redeem(answer, form = {}) {
    const { code } = answer.params;
    assert.ok(code, `no code: ${JSON.stringify(answer.params)}`);
    const reply = await this.token({
      grant_type: 'authorization_code',
      code,
      redirect_uri: this.client.callbacks[0],
      code_verifier: verifier,
      ...form,
    });
    assert.equal(reply.status, 200, reply.text);
    return reply.response.json;
  }

  /** The session cookie of the contract, section 5; undefined when there is none. */
  get sessionCookie() {
    return this.jar.find(/^__Host-tacit-[0-9a-f]{8}$/);
  }
}

/** The claims of a JWT, unverified: for looking at, not for trusting. */
export function claims(jwt) {
  return JSON.parse(Buffer.from(jwt.split('.')[1], 'base64url').toString('utf8'));
}
