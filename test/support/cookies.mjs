// SPDX-License-Identifier: Apache-2.0
// A cookie jar that keeps what a browser would keep (RFC 6265, 5.3 and 5.4; the __Host- and
// __Secure- prefixes). http on localhost counts as secure, as it does in browsers. SameSite and
// Partitioned are recorded and not acted on: a test says itself when a cookie stays at home.

function isTrustworthy(url) {
  return url.protocol === 'https:' || /(^|\.)localhost$|^127\.|^\[::1\]$/.test(url.hostname);
}

function parse(line) {
  const [pair, ...rest] = line.split(';').map((part) => part.trim());
  const at = pair.indexOf('=');
  const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), attributes: {} };
  for (const part of rest) {
    const [name, ...value] = part.split('=');
    cookie.attributes[name.toLowerCase()] = value.join('=');
  }
  return cookie;
}

function expiry({ 'max-age': maxAge, expires }) {
  if (maxAge !== undefined) return Date.now() + 1000 * Number(maxAge);
  return expires === undefined ? Infinity : Date.parse(expires);
}

function isAllowed({ name, attributes }, url) {
  const secure = 'secure' in attributes;
  if (secure && !isTrustworthy(url)) return false;
  if (attributes.samesite?.toLowerCase() === 'none' && !secure) return false;
  if (name.startsWith('__Host-')) return secure && attributes.path === '/' && !('domain' in attributes);
  return !name.startsWith('__Secure-') || secure;
}

/** RFC 6265, 5.1.4: the folder of the request, where the cookie names no path. */
function pathOf({ path }, url) {
  if (path?.startsWith('/')) return path;
  return url.pathname.slice(0, url.pathname.lastIndexOf('/')) || '/';
}

function domainMatches(cookie, host) {
  return cookie.hostOnly ? host === cookie.host : host === cookie.host || host.endsWith(`.${cookie.host}`);
}

export class Jar {
  #cookies = [];

  /** Takes every Set-Cookie line of an answer from `url`. */
  store(url, lines) {
    for (const line of lines) {
      const cookie = parse(line);
      if (!isAllowed(cookie, url)) continue;
      const domain = cookie.attributes.domain?.replace(/^\./, '').toLowerCase();
      Object.assign(cookie, {
        host: domain || url.hostname,
        hostOnly: !domain,
        path: pathOf(cookie.attributes, url),
        expires: expiry(cookie.attributes),
      });
      this.remove(cookie);
      if (cookie.expires > Date.now()) this.#cookies.push(cookie);
    }
  }

  /** The value of the Cookie header for `url`, or undefined. */
  header(url) {
    return this.#for(url).map(({ name, value }) => `${name}=${value}`).join('; ') || undefined;
  }

  #for(url) {
    return this.#cookies.filter((cookie) => cookie.expires > Date.now()
      && domainMatches(cookie, url.hostname)
      && (url.pathname === cookie.path || url.pathname.startsWith(cookie.path.replace(/\/?$/, '/')))
      && (!('secure' in cookie.attributes) || isTrustworthy(url)));
  }

  /** The cookie of this name (text or pattern): {name, value, attributes, host, expires}. */
  find(name) {
    return this.#cookies.find((cookie) => (name instanceof RegExp ? name.test(cookie.name) : name === cookie.name));
  }

  get all() {
    return [...this.#cookies];
  }

  remove({ name, host, path }) {
    this.#cookies = this.#cookies.filter((c) => c.name !== name || c.host !== host || c.path !== path);
  }

  clear() {
    this.#cookies = [];
  }

  /** Another jar with the same cookies: a browser whose profile was copied. */
  copy() {
    const copy = new Jar();
    copy.#cookies = this.#cookies.map((cookie) => ({ ...cookie }));
    return copy;
  }
}
