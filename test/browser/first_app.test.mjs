// SPDX-License-Identifier: Apache-2.0
// docs/first-app.md, followed: its files are those of examples/first-app, and what it says one
// will see is what is seen. Only the two port numbers are others.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { serveApps } from '../support/app.mjs';
import { kinds, launch, signInOn } from '../support/real.mjs';
import { serve } from '../support/server.mjs';

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const yaml = read('examples/first-app/tenant.yaml');
const html = read('examples/first-app/index.html');
const sdk = 'node_modules/@auth0/auth0-spa-js/dist/auth0-spa-js.production.js';
const ana = { email: 'ana@example.com', password: 'correct horse' };

const folder = mkdtempSync(join(tmpdir(), 'tacit-first-app-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'tenant.yaml');
const app = await serveApps({ [`/${sdk}`]: { headers: { 'Content-Type': 'text/javascript' }, body: read(sdk) } });
const origin = app.origin('localhost');
const written = yaml.replaceAll(':5173', `:${app.port}`);
writeFileSync(file, written);
const server = await serve({ tenant: null, args: ['--tenant-file', file] });
app.set('/', html.replaceAll(':5173', `:${app.port}`).replaceAll(':8080', `:${server.port}`));

function saying(page, text) {
  return page.waitForFunction((what) => document.getElementById('who')?.textContent.includes(what),
    { timeout: 10_000, polling: 100 }, text)
    .catch(async () => assert.fail(`never "${text}" but "${await page.$eval('#who', (p) => p.textContent)}"`));
}

// Within one second a running server acts on what a command did, and commands see what it did.
const aSecond = () => new Promise((go) => { setTimeout(go, 1100); });

async function apply(text) {
  writeFileSync(file, text);
  const done = await server.command('apply', file);
  assert.equal(done.code, 0, done.stderr);
  await aSecond();
}

const whyOf = (page) => page.$eval('#why', (link) => link.href);
const doctor = () => server.command('doctor', '--client', 'my-app', '--origin', origin);

test('the page holds the files word for word', () => {
  const page = read('docs/first-app.md');
  for (const [language, text] of [['yaml', yaml], ['html', html]]) {
    assert.ok(page.includes(`\`\`\`${language}\n${text}\`\`\`\n`), `its ${language} is another`);
  }
});

for (const kind of kinds) {
  test(`${kind}: the steps of docs/first-app.md`, async (t) => {
    if (readFileSync(file, 'utf8') !== written) await apply(written);
    const browser = await launch(kind);
    const page = await browser.page();
    const silently = `Signed in silently as ${ana.email}`;

    await t.test('first it is refused, and the link says why', async () => {
      await page.goto(`${origin}/`);
      await saying(page, 'Not signed in: login_required (Login required)');
      assert.match(await whyOf(page), /\/why\/no_session\?id=/);
      assert.match(await (await fetch(await whyOf(page))).text(), /no_session/);
    });

    await t.test('sign in, reload, a second tab: silently signed in', async () => {
      await Promise.all([page.waitForSelector('#username'), page.click('#in')]);
      await signInOn(page, ana);
      await saying(page, silently);
      await page.reload();
      await saying(page, silently);
      const second = await browser.page();
      await second.goto(`${origin}/`);
      await saying(second, silently);
      await second.close();
    });

    await t.test('without web_origins the answer names it, at once', async () => {
      assert.equal((await doctor()).code, 0);
      await apply(written.replace(/^ *web_origins.*\n/m, ''));
      await page.reload();
      await saying(page, 'Not signed in: invalid_request');
      assert.match(await whyOf(page), /\/why\/origin_not_registered\?id=/);
      const refused = await doctor();
      assert.equal(refused.code, 1);
      assert.match(refused.stdout, /^fix: .*web_origins/m);
      const id = new URL(await whyOf(page)).searchParams.get('id');
      await aSecond();
      const explained = await server.command('explain', '--', id);
      assert.match(explained.stdout, /origin_not_registered/, JSON.stringify([id, explained]));
      await apply(written);
      await page.reload();
      await saying(page, silently);
    });

    await t.test('sign out', async () => {
      await Promise.all([page.waitForNavigation(), page.click('#out')]);
      await saying(page, 'Not signed in: login_required');
    });
    await browser.close();
  });
}
