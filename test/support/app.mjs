// SPDX-License-Identifier: Apache-2.0
// The apps' side of a test: one small server for any number of host names, pages given by the
// test, and the client libraries' own browser bundles, unmodified, under /lib/.
import http from 'node:http';
import https from 'node:https';
import { readFileSync } from 'node:fs';
import { after } from 'node:test';

const modules = new URL('../../node_modules/', import.meta.url);

// What each library calls itself once loaded stands behind it.
export const libraries = {
  '/lib/auth0.js': 'auth0-js/dist/auth0.min.js', // window.auth0
  '/lib/auth0-spa-js.js': '@auth0/auth0-spa-js/dist/auth0-spa-js.production.js', // window.auth0
  '/lib/oidc-client-ts.js': 'oidc-client-ts/dist/browser/oidc-client-ts.min.js', // window.oidc
  '/lib/keycloak.js': 'keycloak-js/lib/keycloak.js', // an ES module
};

const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json' };

/** A whole page around a piece of HTML. */
export function page(body, head = '') {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>app</title>${head}<body>${body}`;
}

class App {
  constructor(server, secure, pages) {
    this.server = server;
    this.secure = secure;
    this.pages = new Map(Object.entries(pages));
    this.requests = [];
  }

  get port() {
    return this.server.address().port;
  }

  origin(host = 'app.localhost') {
    return `${this.secure ? 'https' : 'http'}://${host}:${this.port}`;
  }

  /**
   * Answers `key` from now on. A key is a path, or host and path ("app.localhost/callback").
   * A page is HTML, {status, headers, body}, or a function of the request that returns either.
   */
  set(key, answer) {
    this.pages.set(key, answer);
  }

  async answer(incoming, outgoing) {
    const url = new URL(incoming.url, `http://${incoming.headers.host}`);
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const seen = { host: url.hostname, path: url.pathname, url, method: incoming.method, headers: incoming.headers,
      body: Buffer.concat(chunks).toString('utf8') };
    this.requests.push(seen);
    const { status = 200, headers = {}, body = '' } = await this.#find(seen);
    outgoing.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store', ...headers });
    outgoing.end(body);
  }

  async #find(seen) {
    if (libraries[seen.path]) {
      return { headers: { 'Content-Type': types.js }, body: readFileSync(new URL(libraries[seen.path], modules)) };
    }
    const known = this.pages.get(seen.host + seen.path) ?? this.pages.get(seen.path);
    if (known === undefined) return { status: 404, body: page('not here') };
    const answer = typeof known === 'function' ? await known(seen) : known;
    return typeof answer === 'string' ? { body: answer, headers: this.#typed(seen.path) } : answer;
  }

  #typed(path) {
    const type = types[path.split('.').at(-1)];
    return type ? { 'Content-Type': type } : {};
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => { this.server.close(done); });
  }
}

/**
 * Starts it on a free port; it is closed when the file is over.
 *   pages   as App.set takes them
 *   tls     {cert, key} of ca.mjs: serves https
 */
export async function serveApps(pages = {}, { tls } = {}) {
  const server = tls ? https.createServer(tls) : http.createServer();
  const app = new App(server, Boolean(tls), pages);
  server.on('request', (incoming, outgoing) => {
    app.answer(incoming, outgoing).catch((error) => {
      outgoing.writeHead(500).end(String(error));
    });
  });
  await new Promise((done, reject) => {
    server.on('error', reject).listen(0, '127.0.0.1', done);
  });
  after(() => app.close());
  return app;
}
