// SPDX-License-Identifier: Apache-2.0
// Tenants with actions. An action's code is given as text, as the tenant file takes it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { defaultTenant } from './tenant.mjs';

/** The code of the how-to, as it stands on the page. */
export function documentedCode(page, heading) {
  const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
  const after = text.slice(text.indexOf(heading));
  return /```js\n(.*?)```/s.exec(after)[1];
}

/** exports.onExecutePostLogin with this body. */
export function postLogin(body) {
  return `exports.onExecutePostLogin = async (event, api) => {\n${body}\n};\n`;
}

/** Looks until it is so; what it takes is up to the machine. */
export async function until(isSo, what, ms = 30_000) {
  for (const end = performance.now() + ms; !await isSo();) {
    assert.ok(performance.now() < end, `not within ${ms} ms: ${what}`);
    await new Promise((done) => { setTimeout(done, 20); });
  }
}

/** Puts another tenant file in force, and waits until the server says that it has loaded it. */
export async function applied(server, tenant) {
  const loaded = () => server.log.filter(({ message }) => message === 'configuration loaded').length;
  const before = loaded();
  await server.apply(tenant);
  await until(() => loaded() > before, 'the configuration is loaded');
}

/** A tenant that binds these: {name: code} or {name: {code, …}}, in their order. */
export function tenantWith(actions, changes = {}) {
  const list = Object.entries(actions).map(([name, action]) => ({
    name,
    supported_triggers: [{ id: 'post-login', version: 'v3' }],
    ...(typeof action === 'string' ? { code: action } : action),
  }));
  return defaultTenant({ actions: list, triggers: { 'post-login': Object.keys(actions) }, ...changes });
}
