// SPDX-License-Identifier: Apache-2.0
// Everything a single-page app needs to speak to its issuer: ask silently in a hidden frame, ask
// with a redirect, and turn a code into tokens (authorization code with PKCE, RFC 7636). No
// library, so that every step can be read here; a real app takes one.
//
// `app` is {issuer, clientId, redirectUri, scope, audience}. An answer is
// {ok, response, reason, whyUri, ms, transaction}; it never throws for a refusal.

const patience = 10_000;
const pending = 'sign-in';

function base64url(bytes) {
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function randomText() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function begin(app, extra) {
  const transaction = { state: randomText(), nonce: randomText(), verifier: randomText() };
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(transaction.verifier));
  const url = new URL('authorize', app.issuer);
  url.search = new URLSearchParams({
    client_id: app.clientId,
    redirect_uri: app.redirectUri,
    response_type: 'code',
    scope: app.scope,
    audience: app.audience,
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: base64url(digest),
    code_challenge_method: 'S256',
    ...extra,
  });
  return { url: url.href, transaction };
}

// The server says why in error_uri: ISSUER/why/REASON?id=REQUEST. Only our issuer's is a link.
function reasonOf(app, response) {
  const uri = response.error_uri ?? '';
  const path = uri.startsWith(`${app.issuer}why/`) ? uri.slice(app.issuer.length + 'why/'.length) : '';
  return path && { reason: path.split('?')[0], whyUri: uri };
}

function answer(app, response, transaction, ms) {
  if (response.state !== transaction.state && response.error !== 'timeout') {
    return { ok: false, response: { error: 'invalid_response', error_description: 'Not the answer to this question' }, ms };
  }
  return { ok: typeof response.code === 'string', response, transaction, ms, ...reasonOf(app, response) };
}

// Listens before the frame has its address, and believes one message: from that frame, from the
// issuer's origin, of the right type.
function framed(app, url) {
  return new Promise((resolve) => {
    const frame = document.createElement('iframe');
    const finish = (response) => {
      clearTimeout(timer);
      removeEventListener('message', onMessage);
      frame.remove();
      resolve(response);
    };
    const onMessage = ({ source, origin, data }) => {
      if (source !== frame.contentWindow || origin !== new URL(app.issuer).origin) return;
      if (data?.type === 'authorization_response') finish(data.response);
    };
    const timer = setTimeout(finish, patience, {
      error: 'timeout',
      error_description: `No answer within ${patience / 1000} seconds: is the server running?`,
    });
    addEventListener('message', onMessage);
    frame.hidden = true;
    frame.title = 'Silent authentication';
    frame.src = url;
    document.body.append(frame);
  });
}

/** Asks in a hidden frame; nobody sees a page. */
export async function askSilently(app, { hint } = {}) {
  const { url, transaction } = await begin(app, {
    prompt: 'none',
    response_mode: 'web_message',
    ...(hint && { id_token_hint: hint }),
  });
  const started = performance.now();
  const response = await framed(app, url);
  return answer(app, response, transaction, performance.now() - started);
}

/** Leaves the page. With {prompt: 'none'} the server sends the browser straight back. */
export async function askByRedirect(app, extra = {}) {
  const { url, transaction } = await begin(app, extra);
  sessionStorage.setItem(pending, JSON.stringify({ ...transaction, silent: extra.prompt === 'none', left: Date.now() }));
  location.assign(url);
}

/** The answer that the browser came back with, once; null when it just came. */
export function returned(app) {
  const stored = sessionStorage.getItem(pending);
  const response = Object.fromEntries(new URLSearchParams(location.search));
  if (!stored || !response.state) return null;
  sessionStorage.removeItem(pending);
  // A reload must not ask again with a code that is used up.
  history.replaceState(null, '', location.pathname);
  const transaction = JSON.parse(stored);
  return answer(app, response, transaction, Date.now() - transaction.left);
}

// The token comes from the issuer itself, not through the browser's address bar, so its signature
// need not be checked here (OpenID Connect Core 1.0, 3.1.3.7); whom it is for must be.
function readClaims(app, idToken, nonce) {
  const [, payload] = idToken.split('.');
  const bytes = Uint8Array.from(atob(payload.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
  const claims = JSON.parse(new TextDecoder().decode(bytes));
  if (claims.iss !== app.issuer || ![claims.aud].flat().includes(app.clientId) || claims.nonce !== nonce) {
    throw new Error('This id_token was made for somebody else');
  }
  return claims;
}

async function userinfo(app, accessToken) {
  const response = await fetch(new URL('userinfo', app.issuer), { headers: { Authorization: `Bearer ${accessToken}` } });
  return response.ok ? response.json() : {};
}

/** Turns the code of an answer into {idToken, accessToken, lifetime, user}. Throws when refused. */
export async function redeem(app, { response, transaction }) {
  const reply = await fetch(new URL('oauth/token', app.issuer), {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: app.clientId,
      redirect_uri: app.redirectUri,
      code: response.code,
      code_verifier: transaction.verifier,
    }),
  });
  const tokens = await reply.json();
  if (!reply.ok) throw new Error(tokens.error_description ?? tokens.error);
  const claims = readClaims(app, tokens.id_token, transaction.nonce);
  const user = claims.email ? claims : { ...claims, ...await userinfo(app, tokens.access_token) };
  return { idToken: tokens.id_token, accessToken: tokens.access_token, lifetime: tokens.expires_in, user };
}

/** Leaves the page to end the sessions at the issuer, and comes back. */
export function signOut(app) {
  const url = new URL('v2/logout', app.issuer);
  url.search = new URLSearchParams({ client_id: app.clientId, returnTo: app.redirectUri });
  location.assign(url.href);
}
