// SPDX-License-Identifier: Apache-2.0
// The tenant's picture in real browsers: the policy lets it through, it moves nothing when it
// comes, nobody is told where it was shown, and what is somewhere else stays out.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';

import { Browser } from '../support/browser.mjs';
import { kinds, launch } from '../support/real.mjs';
import { serve } from '../support/server.mjs';
import { defaultTenant } from '../support/tenant.mjs';

const drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><rect width="600" height="400" fill="#0a7d5a"/></svg>';
const asked = [];
const waiting = [];

/** Pictures, under every name below localhost; /slow waits to be let go. */
const host = createServer((request, response) => {
  asked.push({ host: request.headers.host.replace(/:.*/, ''), path: request.url, referer: request.headers.referer });
  if (request.url === '/elsewhere') {
    response.writeHead(302, { Location: `http://elsewhere.localhost:${host.address().port}/picture` }).end();
    return;
  }
  const draw = () => response.writeHead(200, { 'Content-Type': 'image/svg+xml' }).end(drawing);
  if (request.url === '/slow') waiting.push(draw);
  else draw();
});
await new Promise((resolve) => { host.listen(0, '127.0.0.1', resolve); });
after(() => { host.closeAllConnections(); host.close(); });

const place = (name, path) => `http://${name}.localhost:${host.address().port}${path}`;
const start = (t, picture_url) => serve({ test: t, tenant: defaultTenant({ tenant: { picture_url } }) });
const login = (server) => `${server.origin}/authorize?${new URLSearchParams(new Browser(server).parameters())}`;
const heading = 'document.querySelector("h1").getBoundingClientRect().top';
const picture = `(() => { const [img] = document.images; const { height, width } = img.getBoundingClientRect();
  return { complete: img.complete, natural: img.naturalWidth, height, width }; })()`;

async function until(page, expression) {
  for (let i = 0; i < 100; i++) {
    if (await page.evaluate(expression)) return;
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
  assert.fail(`never: ${expression}`);
}

for (const kind of kinds) {
  test(`${kind}: it is shown, and moves nothing when it comes`, async (t) => {
    const server = await start(t, place('pictures', '/slow'));
    const browser = await launch(kind);
    const page = await browser.page();
    await page.setViewport({ width: 360, height: 740 });
    asked.length = 0;
    await page.goto(login(server), { waitUntil: 'domcontentloaded' });
    await until(page, '!!document.querySelector("h1") && document.styleSheets.length > 0');
    const before = await page.evaluate(heading);
    assert.equal((await page.evaluate(picture)).natural, 0, 'it has not come yet');
    for (const draw of waiting.splice(0)) draw();
    await until(page, 'document.images[0].complete');
    assert.deepEqual(await page.evaluate(picture), { complete: true, natural: 600, height: 48, width: 72 });
    assert.equal(await page.evaluate(heading), before);
    assert.deepEqual(asked.map(({ host: name, path, referer }) => [name, path, referer]), [['pictures.localhost', '/slow', undefined]]);
  });

  test(`${kind}: it is not followed to somewhere else`, async (t) => {
    const server = await start(t, place('pictures', '/elsewhere'));
    const browser = await launch(kind);
    const page = await browser.page();
    asked.length = 0;
    await page.goto(login(server));
    await until(page, 'document.images[0].complete');
    assert.equal((await page.evaluate(picture)).natural, 0);
    assert.deepEqual([...new Set(asked.map(({ host: name }) => name))], ['pictures.localhost'], 'once or, in Chromium, twice');
    assert.equal(await page.$eval('.site img', (img) => img.alt), 'Tests');
  });
}
