// SPDX-License-Identifier: Apache-2.0
// HTTP as a test wants it: nothing is followed, retried, normalised or decoded behind its back,
// every request ends in bounded time, and every name below localhost is this machine.
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';

const patience = Number(process.env.TACIT_TEST_PATIENCE ?? 20_000);

/** dns.lookup for names that a resolver need not know. */
export function lookup(host, options, done) {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
}

/**
 * Parameters to form encoding. An object, or pairs where order or repeats matter; an array as
 * value repeats its name, undefined and null leave it out.
 */
export function encode(params) {
  const pairs = Array.isArray(params) ? params : Object.entries(params ?? {});
  return pairs
    .flatMap(([name, value]) => (Array.isArray(value) ? value.map((v) => [name, v]) : [[name, value]]))
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&');
}

export class Response {
  constructor(url, message, body) {
    this.url = url;
    this.status = message.statusCode;
    this.headers = message.headers;
    this.rawHeaders = message.rawHeaders;
    this.body = body;
  }

  get text() {
    return this.body.toString('utf8');
  }

  get json() {
    return JSON.parse(this.text);
  }

  /** One header's value, undefined if absent; a repeated one is joined as RFC 9110 allows. */
  header(name) {
    return this.all(name).join(', ') || undefined;
  }

  /** Every line of this header, in order. */
  all(name) {
    return this.rawHeaders.filter((_, i) => i % 2 === 1 && this.rawHeaders[i - 1].toLowerCase() === name.toLowerCase());
  }
}

function present(headers) {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([, value]) => value !== undefined && value !== null));
}

/**
 * One request, one Response.
 *   method, headers   {Name: value | [values, sent as lines of their own]}; null leaves one out
 *   query             added to the URL's own query
 *   form, json, body  what is sent: form encoding, JSON, or bytes as they are
 *   jar               a Jar: its cookies go along, new ones are kept
 *   ca                PEM of an authority to trust
 *   cert, key         PEM: the client's own certificate, shown where it is asked for
 *   agent             for tests of kept-alive connections; by default each has its own
 */
export function request(target, { method, headers, query, form, json, body, jar, ca, cert, key, agent = false } = {}) {
  const added = encode(query);
  const text = added ? `${target}${String(target).includes('?') ? '&' : '?'}${added}` : String(target);
  const url = new URL(text);
  const content = body ?? (form ? encode(form) : json && JSON.stringify(json));
  const type = form ? 'application/x-www-form-urlencoded' : json && 'application/json';
  const all = present({
    'Content-Type': type,
    'Content-Length': content === undefined ? undefined : Buffer.byteLength(content),
    Cookie: jar?.header(url),
    ...headers,
  });
  const options = { method: method ?? (content === undefined ? 'GET' : 'POST'), headers: all, lookup, agent, ca, cert, key, maxHeaderSize: 1 << 18,
    // new URL() would rewrite the path; what the test wrote is what goes out.
    host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path: text.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/s, '') || '/' };

  return new Promise((resolve, reject) => {
    const outgoing = (url.protocol === 'https:' ? https : http).request(options, (message) => {
      const chunks = [];
      message.on('data', (chunk) => chunks.push(chunk));
      message.on('error', reject);
      message.on('end', () => {
        const response = new Response(url, message, Buffer.concat(chunks));
        jar?.store(url, response.all('set-cookie'));
        resolve(response);
      });
    });
    outgoing.setTimeout(patience, () => outgoing.destroy(new Error(`no answer within ${patience} ms: ${url}`)));
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}

/**
 * Bytes to a socket, and what came back until the server closed or `quiet` ms passed in silence.
 * `parts` may be one piece or several, sent `pause` ms apart. Returns {text, closed, statuses}.
 */
export async function raw(origin, parts, { quiet = 1000, pause = 0, ca } = {}) {
  const url = new URL(origin);
  const where = { host: url.hostname, port: url.port, lookup, ca, servername: url.hostname };
  const socket = url.protocol === 'https:' ? tls.connect(where) : net.connect(where);
  const chunks = [];
  let closed = false;
  const ended = new Promise((resolve) => {
    socket.setTimeout(quiet, resolve);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => {
      closed = true;
      resolve();
    });
  });
  for (const part of [parts].flat()) {
    if (closed) break;
    socket.write(part);
    if (pause) await new Promise((resolve) => { setTimeout(resolve, pause); });
  }
  await ended;
  socket.destroy();
  const text = Buffer.concat(chunks).toString('latin1');
  return { text, closed, statuses: [...text.matchAll(/^HTTP\/1\.[01] (\d{3})/gm)].map((m) => Number(m[1])) };
}
