// SPDX-License-Identifier: Apache-2.0
// What whoever runs the server sees of it (docs/operate.md).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Browser } from '../support/browser.mjs';
import { until } from '../support/mail.mjs';
import { serve } from '../support/server.mjs';

test('a start says how many were signed in before, and which keys sign', async () => {
  const server = await serve();
  const found = (times) => until(() => server.log.filter(({ message }) => message === 'restored')[times - 1], 'line of that start');
  const { stdout } = await server.command('key', 'list', '--json');
  const signing = ['RS256', 'ES256', 'EdDSA'].map((alg) => `${alg} ${JSON.parse(stdout).find((key) => key.alg === alg && key.state === 'current').kid}`);
  const line = { level: 'info', area: 'serve', message: 'restored', tenant: 'default', sessions: '0', refresh_tokens: '0', signing_keys: signing.join(', ') };
  const { time, counted_in_ms: ms, ...first } = await found(1);
  assert.deepEqual(first, line);
  assert.ok(Math.abs(new Date(time) - Date.now()) < 60_000 && Number(ms) < 1000);

  const [ana, ben] = [new Browser(server), new Browser(server)];
  await ana.redeem(await ana.signIn('ana', { scope: 'openid offline_access' }));
  await ben.signIn('ben');
  await server.restart();
  assert.match(server.stdout, /^tacit ready \S+ in \d+ ms\n$/);
  const { time: later, counted_in_ms: again, ...second } = await found(2);
  assert.ok(later > time && Number(again) < 1000);
  assert.deepEqual(second, { ...line, sessions: '2', refresh_tokens: '1' });
});
