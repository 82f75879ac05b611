// SPDX-License-Identifier: Apache-2.0
// The `api` object of a post-login action. Its calls only note what is wanted; the server does it
// when all actions have run, and only it can.
import { encodeToken, validateToken } from './token.mjs';

const CACHE_ENTRIES_MOST = 1000;
const CACHE_SECONDS_MOST = 86_400;

const METADATA_ENTRIES_MOST = 25;
const METADATA_VALUE_MOST = 255;
const METADATA_NAME = /^[A-Za-z0-9_-]{1,255}$/;

const FACTORS = ['otp', 'webauthn-roaming', 'webauthn-platform', 'email', 'recovery-code'];
const FACTORS_ELSEWHERE = ['phone', 'push-notification'];
const PROVIDERS = { any: undefined, guardian: undefined, 'google-authenticator': ['otp', 'recovery-code'] };

const cache = new Map();

function needString(value, what) {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${what} must be a string`);
  return value;
}

function needTime(value, what) {
  const at = Math.floor(Number(value));
  if (!Number.isSafeInteger(at)) throw new TypeError(`${what} must be a time in milliseconds`);
  return Math.max(at, 1000);
}

function unsupported(name, why = '') {
  return () => {
    throw new Error(`api.${name} is not supported by this server${why && `: ${why}`}`);
  };
}

/** An object whose every method says that it is not there. */
function unsupportedPart(part, why) {
  return new Proxy({}, { get: (_, name) => unsupported(`${part}.${String(name)}`, why) });
}

function put(wish, part, name, value, what) {
  wish[part] = { ...wish[part], [needString(name, what)]: value === undefined ? null : value };
}

function freshEntry(key) {
  const entry = cache.get(key);
  if (entry && entry.expires_at > Date.now()) return entry;
  cache.delete(key);
  return undefined;
}

/** Shared by the actions of one host process, and forgotten with it. */
const cacheApi = {
  get(key) {
    return freshEntry(String(key));
  },
  set(key, value, { ttl, expires_at: until } = {}) {
    if (cache.size >= CACHE_ENTRIES_MOST) cache.delete(cache.keys().next().value);
    const longest = Date.now() + CACHE_SECONDS_MOST * 1000;
    const wanted = until ?? (ttl === undefined ? longest : Date.now() + ttl);
    cache.set(String(key), { value: String(value), expires_at: Math.min(longest, wanted) });
    return { type: 'success', record: cache.get(String(key)) };
  },
  delete(key) {
    cache.delete(String(key));
    return { type: 'success' };
  },
};

function redirectApi(run, event, api) {
  return {
    canRedirect: () => !run.silent,
    encodeToken: (options) => encodeToken(event, options),
    validateToken: (options) => validateToken(event, options),
    sendUserTo(url, { query = {} } = {}) {
      const target = new URL(needString(url, 'redirect.sendUserTo: url'));
      if (!/^https?:$/.test(target.protocol)) throw new TypeError('redirect.sendUserTo: url must be http or https');
      for (const [name, value] of Object.entries(query)) target.searchParams.set(name, String(value));
      run.redirect = target.href;
      return api;
    },
  };
}

/** A wish for a second factor: the last call wins, and it counts when all actions have run. */
function multifactorApi(wish, api) {
  return {
    enable(provider, { allowRememberBrowser = false, providerOptions: _ } = {}) {
      const name = needString(provider, 'multifactor.enable: provider');
      if (name === 'duo') unsupported('multifactor.enable', 'there is no Duo')();
      if (name !== 'none' && !Object.hasOwn(PROVIDERS, name)) throw new TypeError(`multifactor.enable: there is no provider ${name}`);
      if (name === 'none') delete wish.mfa;
      else wish.mfa = { provider: name, allow_remember: allowRememberBrowser === true, factors: PROVIDERS[name] };
      return api;
    },
  };
}

/** The types of a list like [{type: 'otp'}]. What this server cannot do is passed over, unless it is all. */
function factorsOf(list, what) {
  if (!Array.isArray(list) || list.length === 0) throw new TypeError(`${what}: a list of factors is needed`);
  const types = list.map((factor) => needString(factor?.type, `${what}: type`));
  const unknown = types.find((type) => !FACTORS.includes(type) && !FACTORS_ELSEWHERE.includes(type));
  if (unknown !== undefined) throw new TypeError(`${what}: there is no factor ${unknown}`);
  const known = types.filter((type) => FACTORS.includes(type));
  if (known.length === 0) unsupported(what, `there is no ${types.join(', ')}`)();
  return known;
}

function authenticationApi(run, wish, api) {
  const ask = (name, list) => {
    run.challenge = { factors: factorsOf(list, `authentication.${name}`) };
    return api;
  };
  const withOthers = (name) => (factor, { additionalFactors = [] } = {}) => ask(name, [factor, ...additionalFactors]);
  return {
    challengeWith: withOthers('challengeWith'),
    challengeWithAny: (list) => ask('challengeWithAny', list),
    enrollWith: withOthers('enrollWith'),
    enrollWithAny: (list) => ask('enrollWithAny', list),
    recordMethod(url) {
      if (!run.continuing) throw new Error('authentication.recordMethod is for onContinuePostLogin');
      wish.methods = [...(wish.methods ?? []), new URL(url).href];
      return api;
    },
    setPrimaryUser: unsupported('authentication.setPrimaryUser', 'accounts are not linked here'),
  };
}

function tokenApi(wish, part, api) {
  return {
    setCustomClaim(name, value) {
      put(wish, part, name, value, `${part}.setCustomClaim: name`);
      return api;
    },
  };
}

function words(scope) {
  return needString(scope, 'scope').split(' ').filter(Boolean);
}

function changeScope(wish, add, remove, scope) {
  wish[add] = [...new Set([...(wish[add] ?? []), ...words(scope)])];
  wish[remove] = (wish[remove] ?? []).filter((word) => !wish[add].includes(word));
}

function accessTokenApi(wish, api) {
  const self = {
    ...tokenApi(wish, 'access_token', api),
    addScope(scope) {
      changeScope(wish, 'scope_add', 'scope_remove', scope);
      return api;
    },
    removeScope(scope) {
      changeScope(wish, 'scope_remove', 'scope_add', scope);
      return api;
    },
  };
  self.addScopes = (list) => { list.forEach((scope) => self.addScope(scope)); return api; };
  self.removeScopes = (list) => { list.forEach((scope) => self.removeScope(scope)); return api; };
  return self;
}

/**
 * What is kept of the user. A silent renewal writes nothing by itself: an action that means it
 * says so with {silent: true}.
 */
function userApi(run, wish, api) {
  const set = (part) => (name, value, { silent = false } = {}) => {
    if (!run.silent || silent) put(wish, part, name, value, 'metadata name');
    return api;
  };
  return { setAppMetadata: set('app_metadata'), setUserMetadata: set('user_metadata') };
}

/**
 * Metadata of the session, or of the refresh token: `wish` gets the changes, and `holder`, the
 * part of the event, what the actions after this one see. `isWritten` says whether the run may.
 */
function metadataApi({ part, label = part, wish, holder, isWritten, api }) {
  const change = (changes, evicted, options) => {
    const kept = Object.entries({ ...(evicted ? {} : holder?.metadata), ...changes }).filter(([, value]) => value !== null);
    if (kept.length > METADATA_ENTRIES_MOST) throw new RangeError(`${label}.setMetadata: there are more than ${METADATA_ENTRIES_MOST} entries`);
    if (holder) holder.metadata = Object.fromEntries(kept);
    if (!isWritten(options)) return api;
    wish[part] = { ...wish[part], metadata: { ...(evicted ? {} : wish[part]?.metadata), ...changes } };
    if (evicted) wish[part].evict = true;
    return api;
  };
  const named = (name, what) => {
    if (!METADATA_NAME.test(needString(name, `${label}.${what}: name`))) {
      throw new TypeError(`${label}.${what}: a name has at most 255 letters, digits, _ and -`);
    }
    return name;
  };
  return {
    setMetadata(name, value, options) {
      if (value !== null && (typeof value !== 'string' || value.length > METADATA_VALUE_MOST)) {
        throw new TypeError(`${label}.setMetadata: a value is a string of at most ${METADATA_VALUE_MOST} characters`);
      }
      return change({ [named(name, 'setMetadata')]: value }, false, options);
    },
    deleteMetadata: (name, options) => change({ [named(name, 'deleteMetadata')]: null }, false, options),
    evictMetadata: (options) => change({}, true, options),
  };
}

/** Ends that an action may bring nearer, as milliseconds since 1970. */
function endsApi(part, note) {
  return {
    setExpiresAt: (at) => note({ expires_at: needTime(at, `${part}.setExpiresAt`) }),
    setIdleExpiresAt: (at) => note({ idle_expires_at: needTime(at, `${part}.setIdleExpiresAt`) }),
  };
}

function sessionApi(run, event, wish, api) {
  const note = (members) => {
    wish.session = { ...wish.session, ...members };
    return api;
  };
  const isWritten = ({ silent = false } = {}) => !run.silent || silent === true;
  return {
    revoke(reason, { preserveRefreshTokens = false } = {}) {
      run.deny = needString(reason, 'session.revoke: reason');
      return note({ revoke: true, preserve_refresh_tokens: preserveRefreshTokens === true });
    },
    setCookieMode(mode) {
      if (mode !== 'persistent' && mode !== 'non-persistent') throw new TypeError("session.setCookieMode: 'persistent' or 'non-persistent'");
      return note({ cookie_mode: mode });
    },
    ...endsApi('session', note),
    ...metadataApi({ part: 'session', wish, holder: event.session, isWritten, api }),
  };
}

/** At a sign-in it is about the refresh token that may come of it; else about the one exchanged. */
function refreshTokenApi(run, event, wish, api) {
  const note = (members) => {
    wish.refresh_token = { ...wish.refresh_token, ...members };
    return api;
  };
  return {
    revoke(reason) {
      if (!event.refresh_token) throw new Error('refreshToken.revoke: the event has no refresh token');
      run.deny = needString(reason, 'refreshToken.revoke: reason');
      return note({ revoke: true });
    },
    ...endsApi('refreshToken', note),
    ...metadataApi({ part: 'refresh_token', label: 'refreshToken', wish, holder: event.refresh_token, isWritten: () => true, api }),
  };
}

function transactionApi(wish, event, api) {
  return {
    setMetadata(name, value) {
      put(wish, 'transaction', name, value, 'transaction.setMetadata: name');
      event.transaction.metadata = wish.transaction;
      return api;
    },
  };
}

/** Each part is made when it is asked for: most actions use one or two. */
class Api {
  #run;

  #event;

  #wish;

  #parts = {};

  constructor(run, event, wish) {
    this.#run = run;
    this.#event = event;
    this.#wish = wish;
  }

  #deny(reason) {
    this.#run.deny = String(reason ?? '') || 'An action denied access';
    return this;
  }

  /** A code before the reason is accepted, as older actions pass one. */
  get access() {
    return { deny: (first, second) => this.#deny(second ?? first) };
  }

  get accessToken() {
    return (this.#parts.accessToken ??= accessTokenApi(this.#wish, this));
  }

  get idToken() {
    return (this.#parts.idToken ??= tokenApi(this.#wish, 'id_token', this));
  }

  get authentication() {
    return (this.#parts.authentication ??= authenticationApi(this.#run, this.#wish, this));
  }

  get multifactor() {
    return (this.#parts.multifactor ??= multifactorApi(this.#wish, this));
  }

  get redirect() {
    return (this.#parts.redirect ??= redirectApi(this.#run, this.#event, this));
  }

  get user() {
    return (this.#parts.user ??= userApi(this.#run, this.#wish, this));
  }

  get session() {
    return (this.#parts.session ??= sessionApi(this.#run, this.#event, this.#wish, this));
  }

  get transaction() {
    return (this.#parts.transaction ??= transactionApi(this.#wish, this.#event, this));
  }

  get validation() {
    return { error: (_code, message) => this.#deny(message) };
  }

  get refreshToken() {
    return (this.#parts.refreshToken ??= refreshTokenApi(this.#run, this.#event, this.#wish, this));
  }

  get cache() {
    return cacheApi;
  }

  get rules() {
    return { wasExecuted: () => false };
  }

  get prompt() {
    return unsupportedPart('prompt', 'there are no forms; redirect.sendUserTo leads to a page of your own');
  }

  get samlResponse() {
    return unsupportedPart('samlResponse', 'it speaks OpenID Connect only');
  }

  get customDomain() {
    return unsupportedPart('customDomain');
  }
}

/**
 * Which types of the session's second factor meet the challenge: the named ones that the person
 * has; where there is none of them, any (undefined). A recovery code counts beside others only.
 */
export function acceptedTypes(event, { factors }) {
  const oneWord = (type) => (type === 'webauthn-platform' ? 'webauthn-roaming' : type);
  const named = factors.map(oneWord);
  const has = new Set(event.user.enrolledFactors.map(({ type }) => oneWord(type)));
  if (!named.some((type) => type !== 'recovery-code' && has.has(type))) return undefined;
  return named.filter((type) => has.has(type));
}

/** Was it met in this session? Then nobody is asked again. */
export function isMet(event, challenge) {
  const types = acceptedTypes(event, challenge);
  const { methods } = event.authentication;
  return methods.some(({ name, type }) => name === 'mfa' && (types === undefined || types.includes(type)));
}

/** `wish` takes what is wanted; `run.deny` and `run.redirect` end the run of actions. */
export function makeApi(run, event, wish) {
  return new Api(run, event, wish);
}

const MACHINE_ERRORS = ['invalid_request', 'invalid_scope', 'invalid_target', 'unauthorized_client', 'server_error', 'access_denied'];

/** The smaller one of credentials-exchange: there is nobody, and no session. */
export function makeCredentialsApi(run, wish) {
  const api = {
    access: {
      deny(code, reason) {
        run.denyCode = MACHINE_ERRORS.includes(code) ? code : 'access_denied';
        run.deny = String(reason ?? code ?? '') || 'An action denied access';
        return proxy;
      },
    },
    cache: cacheApi,
  };
  const proxy = new Proxy(api, {
    get: (parts, name) => parts[name] ?? (typeof name === 'string' && name !== 'then' ? unsupportedPart(name, 'not for credentials-exchange') : undefined),
  });
  api.accessToken = accessTokenApi(wish, proxy);
  return proxy;
}
