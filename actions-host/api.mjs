// SPDX-License-Identifier: Apache-2.0
// The `api` object of a post-login action. Its calls only note what is wanted; the server does it
// when all actions have run, and only it can.
import { encodeToken, validateToken } from './token.mjs';

const CACHE_ENTRIES_MOST = 1000;
const CACHE_SECONDS_MOST = 86_400;

const cache = new Map();

function needString(value, what) {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${what} must be a string`);
  return value;
}

function needTime(value, what) {
  const at = Math.floor(Number(value));
  if (!Number.isFinite(at)) throw new TypeError(`${what} must be a time in milliseconds`);
  return at;
}

function unsupported(name) {
  return () => {
    throw new Error(`api.${name} is not supported by this server`);
  };
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
      if (name === 'none') delete wish.mfa;
      else wish.mfa = { provider: name, allow_remember: allowRememberBrowser === true };
      return api;
    },
  };
}

function factorsOf(list, what) {
  if (!Array.isArray(list)) throw new TypeError(`${what}: a list of factors is needed`);
  return list.map((factor) => needString(factor?.type, `${what}: type`));
}

function authenticationApi(run, wish, api) {
  const ask = (what, list) => {
    wish.mfa = { provider: 'any', allow_remember: false, factors: factorsOf(list, what) };
    return api;
  };
  return {
    challengeWith: (factor, { additionalFactors = [] } = {}) => ask('authentication.challengeWith', [factor, ...additionalFactors]),
    challengeWithAny: (list) => ask('authentication.challengeWithAny', list),
    enrollWith: (factor, { additionalFactors = [] } = {}) => ask('authentication.enrollWith', [factor, ...additionalFactors]),
    enrollWithAny: (list) => ask('authentication.enrollWithAny', list),
    recordMethod(url) {
      if (!run.continuing) throw new Error('authentication.recordMethod is for onContinuePostLogin');
      wish.methods = [...(wish.methods ?? []), new URL(url).href];
      return api;
    },
    setPrimaryUser: unsupported('authentication.setPrimaryUser'),
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
  self.addScopes = (list) => list.forEach(self.addScope);
  self.removeScopes = (list) => list.forEach(self.removeScope);
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

function sessionApi(run, wish, api) {
  const note = (members) => {
    wish.session = { ...wish.session, ...members };
    return api;
  };
  return {
    revoke(reason, { preserveRefreshTokens = false } = {}) {
      run.deny = needString(reason, 'session.revoke: reason');
      return note({ revoke: true, preserve_refresh_tokens: preserveRefreshTokens === true });
    },
    setExpiresAt: (at) => note({ expires_at: needTime(at, 'session.setExpiresAt') }),
    setIdleExpiresAt: (at) => note({ idle_expires_at: needTime(at, 'session.setIdleExpiresAt') }),
    setCookieMode: unsupported('session.setCookieMode'),
    setMetadata: unsupported('session.setMetadata'),
    deleteMetadata: unsupported('session.deleteMetadata'),
    evictMetadata: unsupported('session.evictMetadata'),
  };
}

const refreshTokenApi = Object.fromEntries(['revoke', 'setExpiresAt', 'setIdleExpiresAt', 'setMetadata', 'deleteMetadata', 'evictMetadata']
  .map((name) => [name, unsupported(`refreshToken.${name}`)]));

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
    return (this.#parts.session ??= sessionApi(this.#run, this.#wish, this));
  }

  get transaction() {
    return (this.#parts.transaction ??= transactionApi(this.#wish, this.#event, this));
  }

  get validation() {
    return { error: (_code, message) => this.#deny(message) };
  }

  get refreshToken() {
    return refreshTokenApi;
  }

  get cache() {
    return cacheApi;
  }

  get rules() {
    return { wasExecuted: () => false };
  }

  get prompt() {
    return { render: unsupported('prompt.render') };
  }
}

/** `wish` takes what is wanted; `run.deny` and `run.redirect` end the run of actions. */
export function makeApi(run, event, wish) {
  return new Api(run, event, wish);
}
