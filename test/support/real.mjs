// SPDX-License-Identifier: Apache-2.0
// Real Chromium and real Firefox, headless, each with a profile of its own that is thrown away.
// They resolve names below localhost to this machine by themselves.
//
// Beware: page.evaluate() carries user activation in both. What a test says of "no gesture" must
// run from the page's own script.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

import puppeteer from 'puppeteer-core';

export const kinds = ['chromium', 'firefox'];

const programs = {
  chromium: process.env.TACIT_CHROMIUM ?? '/usr/bin/chromium',
  firefox: process.env.TACIT_FIREFOX ?? '/usr/bin/firefox-esr',
};
const patience = Number(process.env.TACIT_TEST_PATIENCE ?? 30_000);

const chromiumArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

const firefoxPreferences = {
  'app.update.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.disable_open_during_load': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

// Chromium decides by cookie_controls_mode (0 lets them through, 1 blocks); Firefox by
// cookieBehavior (0 lets them through, 5 partitions, its default; 1 refuses all).
const cookieSettings = {
  chromium: { allowed: 0, blocked: 1, partitioned: 1 },
  firefox: { allowed: 0, blocked: 1, partitioned: 5 },
};

function chromium(profile, { cookies, spki, args }) {
  mkdirSync(join(profile, 'Default'), { recursive: true });
  writeFileSync(join(profile, 'Default', 'Preferences'),
    JSON.stringify({ profile: { cookie_controls_mode: cookieSettings.chromium[cookies] } }));
  const trusted = spki.length ? [`--ignore-certificate-errors-spki-list=${spki.join(',')}`] : [];
  return {
    browser: 'chrome',
    args: [...chromiumArguments, ...trusted, ...args],
    // As for users: a popup without a gesture stays shut.
    ignoreDefaultArgs: ['--disable-popup-blocking'],
  };
}

function firefox(profile, { cookies, spki, args, preferences }) {
  return {
    browser: 'firefox',
    args,
    acceptInsecureCerts: spki.length > 0,
    extraPrefsFirefox: {
      ...firefoxPreferences,
      'network.cookie.cookieBehavior': cookieSettings.firefox[cookies],
      ...preferences,
    },
  };
}

function settled(promise, ms) {
  return Promise.race([promise.then(() => true, () => false),
    new Promise((done) => { setTimeout(done, ms, false).unref(); })]);
}

class RealBrowser {
  constructor(kind, browser, profile, keepsProfile) {
    this.kind = kind;
    this.browser = browser;
    this.profile = profile;
    this.keepsProfile = keepsProfile;
  }

  /** A new page; it gives up on whatever takes longer than a test may wait. */
  async page() {
    const page = await this.browser.newPage();
    page.setDefaultTimeout(patience);
    page.setDefaultNavigationTimeout(patience);
    return page;
  }


  /** Lets `embedder` give `embedded` its cookies when it asks (Storage Access API), without a
   *  prompt. Chromium only: Firefox has preferences for it. */
  async grantStorageAccess(embedder, embedded) {
    const session = await this.browser.target().createCDPSession();
    await session.send('Browser.setPermission', {
      permission: { name: 'storage-access' }, setting: 'granted', origin: embedder, embeddedOrigin: embedded,
    });
  }

  /** Closes it, by force if it does not within ten seconds. */
  async close() {
    const child = this.browser.process();
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((done) => { child.once('exit', done); });
      if (!await settled(this.browser.close().then(() => ended), 10_000)) {
        // It leads a process group of its own; its helpers go with it.
        process.kill(-child.pid, 'SIGKILL');
        await settled(ended, 5_000);
      }
    }
    if (!this.keepsProfile) rmSync(this.profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/**
 * Starts a browser; it is closed when the file is over, or earlier by close().
 *   cookies      those of third parties: 'partitioned' (what users have; in Chromium the same as
 *                blocked), 'blocked' or 'allowed'
 *   spki         what ca.mjs said of the certificates to accept; without, none of ours is
 *   args         more arguments; preferences: more of Firefox's
 *   profile      a folder to use and keep, to start the same browser again; else a fresh one
 */
export async function launch(kind, { cookies = 'partitioned', spki = [], args = [], preferences = {}, profile } = {}) {
  const folder = profile ?? mkdtempSync(join(tmpdir(), `tacit-${kind}-`));
  const settings = (kind === 'firefox' ? firefox : chromium)(folder, { cookies, spki, args, preferences });
  const browser = await puppeteer.launch({
    ...settings,
    executablePath: programs[kind],
    headless: true,
    userDataDir: folder,
    timeout: patience,
    protocolTimeout: patience,
    // Nothing of this user's is read or written.
    env: { ...process.env, HOME: folder, XDG_CACHE_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  const real = new RealBrowser(kind, browser, folder, Boolean(profile));
  after(() => real.close());
  return real;
}

/** Fills in the real sign-in page and presses its button; resolves when the next page is there. */
export async function signInOn(page, { email, password }) {
  for (const [selector, text] of [['#username', email], ['#password', password]]) {
    await page.waitForSelector(selector);
    await page.$eval(selector, (input) => { input.value = ''; });
    await page.type(selector, text);
  }
  await Promise.all([page.waitForNavigation(), page.click('button[name=action][value=login]')]);
}
