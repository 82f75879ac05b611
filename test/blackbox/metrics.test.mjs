// SPDX-License-Identifier: Apache-2.0
// What the admin listener tells (contract, section 7): silent outcomes by client and reason,
// requests, sessions, and how long durable writes take.
import assert from 'node:assert/strict';
import net from 'node:net';
import { test } from 'node:test';

import { Browser } from '../support/browser.mjs';
import { request } from '../support/http.mjs';
import { serve } from '../support/server.mjs';

/** A port that was free a moment ago. */
async function freePort() {
  const probe = net.createServer();
  await new Promise((done) => { probe.listen(0, '127.0.0.1', done); });
  const { port } = probe.address();
  await new Promise((done) => { probe.close(done); });
  return port;
}

test('the metrics of what happened, on the admin listener only', async () => {
  const admin = await freePort();
  const server = await serve({ args: ['--admin-listen', `127.0.0.1:${admin}`] });
  const browser = new Browser(server);
  await browser.signIn('ana');
  for (let i = 0; i < 3; i++) assert.ok((await browser.authorize({ prompt: 'none' })).params.code);
  assert.ok((await new Browser(server).authorize({ prompt: 'none' })).params.error);
  await browser.authorize({ prompt: 'none', client_id: 'nobody' });

  const reply = await request(`http://127.0.0.1:${admin}/metrics`);
  assert.equal(reply.status, 200);
  assert.match(reply.header('content-type'), /^text\/plain; version=0\.0\.4/);
  const value = (name, labels = {}) => {
    const line = reply.text.split('\n').find((l) => l.startsWith(name) && Object.entries(labels).every(([k, v]) => l.includes(`${k}="${v}"`)));
    assert.ok(line, `no ${name} ${JSON.stringify(labels)}\n${reply.text}`);
    return Number(line.split(' ').at(-1));
  };
  assert.equal(value('tacit_silent_total', { client: 'shop', outcome: 'ok', reason: 'none' }), 3);
  assert.equal(value('tacit_silent_total', { client: 'shop', outcome: 'login_required', reason: 'no_session' }), 1);
  assert.equal(value('tacit_silent_total', { client: 'unknown', outcome: 'invalid_request', reason: 'client_unknown' }), 1);
  assert.equal(value('tacit_sessions'), 1);
  assert.ok(value('tacit_request_seconds_count', { route: 'authorize' }) >= 3);
  assert.ok(value('tacit_store_write_seconds_count') >= 2, 'the sign-in was durable before it was answered');
  assert.equal((await browser.send('/metrics')).status, 404);
});
