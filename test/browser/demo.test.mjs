// SPDX-License-Identifier: Apache-2.0
// tacit demo, as a newcomer meets it: the three apps in real browsers with the cookie rules that
// users have.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { request } from '../support/http.mjs';
import { kinds, launch, signInOn } from '../support/real.mjs';
import { program } from '../support/server.mjs';

const ana = { email: 'ana@example.com', password: 'quiet-please' };
const ben = { ...ana, email: 'ben@example.com' };
const ready = /^tacit ready (\S+) in \d+ ms\n/;

/** Stops it as Ctrl-C does; resolves with its exit status. */
async function end(child) {
  const ended = new Promise((done) => { child.once('close', done); });
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  child.kill('SIGINT');
  const status = await ended;
  clearTimeout(late);
  return status;
}

/** Starts it with a folder of its own on a free port; stops when the file is over. */
async function startDemo(...args) {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-demo-'));
  const child = spawn(program, ['demo', '--data', join(dir, 'data'), '--listen', '127.0.0.1:0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'], cwd: dir });
  let said = '';
  let complained = '';
  child.stderr.setEncoding('utf8').on('data', (text) => { complained += text; });
  after(async () => {
    const status = child.exitCode ?? await end(child);
    rmSync(dir, { recursive: true, force: true });
    assert.equal(status, 0, complained);
  });
  await new Promise((done, reject) => {
    child.on('close', (code) => reject(new Error(`ended with ${code}\n${complained}`)));
    setTimeout(() => reject(new Error(`not ready\n${said}${complained}`)), 20_000).unref();
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said += text;
      if (said.includes('Ctrl-C')) done();
    });
  });
  const [, issuer] = ready.exec(said) ?? assert.fail(`the ready line is not the first: ${said}`);
  const { protocol, port } = new URL(issuer);
  return { said, issuer, port, dir, at: (host) => `${protocol}//${host}:${port}/` };
}

function saying(page, selector, text) {
  return page.waitForFunction((where, what) => document.querySelector(where)?.textContent.includes(what),
    { timeout: 15_000, polling: 100 }, selector, text)
    .catch(async () => assert.fail(`${selector} never said "${text}" but ${await page.$eval('body', (b) => b.innerText)}`));
}

async function open(browser, url) {
  const page = await browser.page();
  // Firefox reports what it says of the issuer's frame, which asks for its cookies, as the page's.
  page.on('pageerror', (error) => { if (!/requestStorageAccess/.test(error.message)) page.failed = error; });
  await page.goto(url);
  return page;
}

async function press(page, selector, next) {
  await page.waitForSelector(`${selector}:not([hidden])`);
  await Promise.all([page.waitForSelector(next), page.click(selector)]);
}

async function signIn(page) {
  await press(page, '#sign-in', '#username');
  await signInOn(page, ana);
  await saying(page, '#who', 'Ana is signed in');
}

const demo = await startDemo();

test('it says where to look, and as whom', () => {
  assert.ok(demo.said.includes(demo.issuer.replace(/\/$/, '')), demo.said);
  for (const word of Object.values(ana)) assert.ok(demo.said.includes(word), demo.said);
});

test('its pages run no script but their own and are framed by nobody', async () => {
  for (const host of ['auth.north.localhost', 'notes.north.localhost', 'shop.south.localhost', 'trips.east.localhost']) {
    const answer = await request(demo.at(host));
    assert.equal(answer.status, 200);
    assert.match(answer.header('content-security-policy'), /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'$/);
    assert.equal(answer.header('x-frame-options'), 'DENY');
  }
});

test('whoever comes by another name is sent to the landing page', async () => {
  for (const host of ['127.0.0.1', 'localhost', 'auth.south.localhost']) {
    const answer = await request(demo.at(host));
    assert.equal(answer.status, 302);
    assert.equal(answer.header('location'), demo.issuer);
  }
});

for (const kind of kinds) {
  test(`${kind}: sign in once, renew in silence, notice a log-out, read why a cookie is withheld`, async (t) => {
    const browser = await launch(kind);
    const notes = await open(browser, demo.at('notes.north.localhost'));

    await t.test('at first nobody is signed in, and the page says why', async () => {
      await saying(notes, '#who', 'Nobody is signed in');
      await saying(notes, '#answer', 'login_required');
      await saying(notes, '#answer', 'no_session');
      const href = await notes.$eval('#answer a', (a) => a.href);
      assert.match(href, new RegExp(`^${demo.issuer}why/no_session\\?id=`));
    });

    await t.test('sign in at Notes', () => signIn(notes));

    await t.test('the landing page and a second tab know it without a page', async () => {
      const home = await open(browser, demo.issuer);
      await saying(home, '#who', 'Ana is signed in');
      await home.close();
      const second = await open(browser, demo.at('notes.north.localhost'));
      await saying(second, '#how', 'Found out silently');
      await second.close();
    });

    await t.test('a renewal gives a new token without a page', async () => {
      await notes.bringToFront();
      await notes.waitForFunction(() => /ends in 1:[0-4]|1:5[0-6]/.test(document.querySelector('#left').textContent),
        { timeout: 15_000, polling: 100 });
      await notes.click('#renew');
      await saying(notes, '#log', 'Renewal');
      await notes.waitForFunction(() => /ends in (2:00|1:5[7-9])/.test(document.querySelector('#left').textContent),
        { timeout: 5_000, polling: 50 });
    });

    await t.test('Shop signs in once at its own issuer name, and is silent from then on', async () => {
      const shop = await open(browser, demo.at('shop.south.localhost'));
      await saying(shop, '#answer', 'no_session');
      await signIn(shop);
      await shop.reload();
      await saying(shop, '#how', 'Found out silently');
      assert.equal(shop.failed, undefined);
      await shop.close();
    });

    await t.test('Trips reads that the cookie was withheld, and is signed in by a redirect', async () => {
      const trips = await open(browser, demo.at('trips.east.localhost'));
      await trips.waitForSelector('#blocked:not([hidden])');
      await saying(trips, '#answer', 'cookies_blocked');
      await saying(trips, '#blocked', 'Your browser withheld the cookie');
      await Promise.all([trips.waitForNavigation(), trips.click('#redirect')]);
      await saying(trips, '#how', 'Found out by redirect');
      await saying(trips, '#who', 'Ana is signed in');
      assert.equal(trips.failed, undefined);
      await trips.close();
    });

    await t.test('a log-out in one tab is noticed in another', async () => {
      const second = await open(browser, demo.at('notes.north.localhost'));
      await saying(second, '#who', 'Ana is signed in');
      await Promise.all([second.waitForNavigation(), second.click('#sign-out')]);
      await saying(second, '#who', 'Nobody is signed in');
      await notes.bringToFront();
      await saying(notes, '#notice', 'Ana was signed out somewhere else');
      await saying(notes, '#who', 'Nobody is signed in');
      assert.equal(notes.failed, undefined);
    });

    await browser.close();
  });
}

test('chromium: with two accounts an app keeps its own, and a new one has to choose', async () => {
  const browser = await launch('chromium');
  const notes = await open(browser, demo.at('notes.north.localhost'));
  await signIn(notes);
  await press(notes, '#switch', 'button[name=account][value=other]');
  await press(notes, 'button[name=account][value=other]', '#username');
  assert.equal(await notes.$eval('#username', (input) => input.value), '');
  await signInOn(notes, ben);
  await saying(notes, '#who', 'Ben is signed in');
  await notes.reload();
  await saying(notes, '#who', 'Ben is signed in');
  const trips = await open(browser, demo.at('trips.east.localhost'));
  await trips.waitForSelector('#blocked:not([hidden])');
  await Promise.all([trips.waitForNavigation(), trips.click('#redirect')]);
  await saying(trips, '#answer', 'account_ambiguous');
  await saying(trips, '#who', 'Several accounts are signed in');
  await browser.close();
});

test('firefox: signing in on the way from Trips lets its frame through', async () => {
  const browser = await launch('firefox');
  const trips = await open(browser, demo.at('trips.east.localhost'));
  await saying(trips, '#answer', 'cookies_blocked');
  await signIn(trips);
  await saying(trips, '#log', 'Watching');
  await saying(trips, '#answer', 'ok');
  await browser.close();
});

test('--tls serves https under an authority that vouches for these names', async () => {
  const secure = await startDemo('--tls');
  assert.match(secure.issuer, /^https:\/\/auth\.north\.localhost:/);
  const ca = readFileSync(join(secure.dir, 'data', 'authority.pem'));
  const get = (servername, path) => new Promise((done, reject) => {
    https.get({ host: '127.0.0.1', port: secure.port, servername, ca, path, headers: { Host: `${servername}:${secure.port}` } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => { body += text; }).on('end', () => done({ response, body }));
      }).on('error', reject);
  });
  const discovery = await get('auth.south.localhost', '/.well-known/openid-configuration');
  assert.equal(JSON.parse(discovery.body).issuer, secure.at('auth.south.localhost'));
  assert.match((await get('trips.east.localhost', '/')).body, /Your browser withheld the cookie/);
  await assert.rejects(get('other.localhost', '/'), /altnames|Hostname/);
});
