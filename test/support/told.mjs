// SPDX-License-Identifier: Apache-2.0
// Relying parties that are told of log-outs by back channel: one https server, a path for each.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after } from 'node:test';

/**
 * Starts it on a free port.
 *   authority  what makeAuthority gave
 *   answers    {path: (response) => …}; a path that is not there answers 200
 */
export async function serveTold(authority, answers = {}) {
  const { cert, key } = authority.issue('localhost');
  const calls = [];
  const server = https.createServer({ cert, key }, async (incoming, response) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString('utf8');
    calls.push({ path: incoming.url, method: incoming.method, headers: incoming.headers, tls: incoming.socket.getProtocol(),
      form: [...new URLSearchParams(body)], at: Date.now() });
    if (answers[incoming.url]) answers[incoming.url](response);
    else response.end();
  });
  server.on('tlsClientError', () => {});
  await new Promise((done) => { server.listen(0, '127.0.0.1', done); });
  after(() => { server.closeAllConnections(); server.close(); });
  const { port } = server.address();
  const at = (path) => calls.filter((call) => call.path === path);
  return {
    calls,
    answers,
    at,
    host: `localhost:${port}`,
    url: (path) => `https://localhost:${port}${path}`,
    /** The calls of a path, once there are `count` of them. */
    async told(path, count = 1, patience = 15_000) {
      const end = Date.now() + patience;
      while (at(path).length < count) {
        assert.ok(Date.now() < end, `${path} was called ${at(path).length} times, not ${count}`);
        await new Promise((done) => { setTimeout(done, 50); });
      }
      return at(path);
    },
  };
}

/** The logout token of a call, its three parts; it is all that the form holds. */
export function logoutToken(call) {
  assert.deepEqual(call.form.map(([name]) => name), ['logout_token']);
  const token = call.form[0][1];
  const [header, claims] = token.split('.').slice(0, 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  return { token, header, claims };
}
