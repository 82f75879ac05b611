// SPDX-License-Identifier: Apache-2.0
// The real program, started for a test on a free port with a fresh folder, and stopped in
// bounded time. A crash, a sanitizer's report or an unclean end fails the test that owns it.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';

import { defaultTenant } from './tenant.mjs';

export const program = resolve(process.env.TACIT_BIN ?? 'build/tacit');
const patience = Number(process.env.TACIT_TEST_PATIENCE ?? 20_000);
const report = /ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error: |Assertion .* failed/;

class Server {
  #child;
  #options;
  #stderr = '';
  #stdout = '';
  #ended;
  #expected = false;
  #heard = 0; // how much of stderr is from before this start

  constructor(options) {
    this.#options = options;
    this.tenant = options.tenant;
    this.ca = options.tls?.ca;
    this.dir = mkdtempSync(join(tmpdir(), 'tacit-test-'));
    this.data = options.data ?? join(this.dir, 'data');
    this.tenantFile = join(this.dir, 'tenant.yaml');
    this.writeTenant(this.tenant);
  }

  /** Rewrites the tenant file: JSON, which is YAML too. The server hears of it by apply(). */
  writeTenant(tenant) {
    this.tenant = tenant;
    if (tenant) writeFileSync(this.tenantFile, `${JSON.stringify(tenant, null, 2)}\n`, { mode: 0o600 });
  }

  #arguments() {
    const { host, port, tls, args, issuer = `${tls ? 'https' : 'http'}://${host}:${port}/` } = this.#options;
    const where = [['--listen', `127.0.0.1:${port}`], ['--issuer', issuer]];
    const files = [['--data', this.data], ...(this.tenant ? [['--tenant-file', this.tenantFile]] : [])];
    const keys = tls ? [['--tls-cert', tls.certFile], ['--tls-key', tls.keyFile]] : [];
    return ['serve', ...[...where, ...files, ...keys].flat(), ...args];
  }

  async start() {
    this.#expected = false;
    this.#stdout = '';
    this.#heard = this.#stderr.length;
    const child = spawn(program, this.#arguments(), {
      env: { ...process.env, ...this.#options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: this.dir,
    });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text) => { this.#stderr += text; });
    this.#ended = new Promise((done) => {
      child.on('error', (error) => done({ error: error.message }));
      child.on('close', (code, signal) => done({ code, signal }));
    });
    this.issuer = await this.#ready();
    this.origin = new URL(this.issuer).origin;
    this.port = Number(new URL(this.issuer).port);
    return this;
  }

  #ready() {
    return new Promise((resolvePromise, reject) => {
      let isReady = false;
      const fail = (why) => {
        if (isReady) return;
        this.#expected = true; // start() tells of it; halt() need not
        clearTimeout(timer);
        reject(new Error(`${why}\n${this.#stdout}${this.#stderr.slice(this.#heard)}`));
      };
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        fail(`no ready line within ${patience} ms`);
      }, patience);
      this.#ended.then((end) => fail(`the server ended before it was ready: ${JSON.stringify(end)}`));
      this.#child.stdout.setEncoding('utf8').on('data', (text) => {
        this.#stdout += text;
        const line = /^tacit ready (\S+) in \d+ ms$/m.exec(this.#stdout);
        if (!line) return;
        isReady = true;
        clearTimeout(timer);
        resolvePromise(line[1]);
      });
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** All that the server wrote to standard error, and its lines that are JSON, as objects. */
  get stderr() {
    return this.#stderr;
  }

  get log() {
    return this.#stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line));
  }

  get stdout() {
    return this.#stdout;
  }

  url(path) {
    return new URL(path, this.issuer).href;
  }

  signal(name) {
    this.#child.kill(name);
  }

  /** SIGKILL, as a power cut: what was acknowledged must be there after start(). */
  async crash() {
    this.#expected = true;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }

  /** SIGTERM, a bounded wait, and a look at how it went. Throws if it went badly. */
  async halt() {
    if (this.#expected) return this.#inspect();
    this.#expected = true;
    const late = setTimeout(() => this.#child.kill('SIGKILL'), patience);
    this.#child.kill('SIGTERM');
    const { code, signal, error } = await this.#ended;
    clearTimeout(late);
    this.#inspect();
    if (code !== 0) throw new Error(`the server ended with ${error ?? signal ?? code}\n${this.#stderr}`);
  }

  #inspect() {
    if (report.test(this.#stderr)) throw new Error(this.#stderr);
  }

  /** The same data, a new process; on the same port, so that the issuer stays. */
  async restart(changes = {}) {
    await this.halt();
    this.#options = { ...this.#options, port: this.port, ...changes };
    for (let tries = 1; ; tries++) {
      try {
        return await this.start();
      } catch (error) {
        // Meanwhile somebody's connection may have been given that port as its own end.
        if (tries === 40 || !error.message.includes('Address already in use')) throw error;
        await new Promise((done) => { setTimeout(done, 250); });
      }
    }
  }

  async stop() {
    try {
      await this.halt();
    } finally {
      rmSync(this.dir, { recursive: true, force: true });
    }
  }

  /** Another tacit command over the same data: {code, stdout, stderr}. */
  command(...args) {
    return run(args, { ...this.#options.env, TACIT_DATA: this.data });
  }

  /** Puts another tenant file in force. */
  async apply(tenant) {
    this.writeTenant(tenant);
    const done = await this.command('apply', this.tenantFile);
    if (done.code !== 0) throw new Error(`apply failed: ${done.stderr}`);
    return done;
  }
}

/** Any tacit command: {code, stdout, stderr}; never throws for an exit code. */
export function run(args, env = {}) {
  return new Promise((done) => {
    const options = { env: { ...process.env, ...env }, timeout: patience, killSignal: 'SIGKILL', maxBuffer: 64 << 20 };
    execFile(program, args, options, (error, stdout, stderr) => {
      done({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr });
    });
  });
}

/**
 * Starts a server; it is stopped when the test that called, or else the file, is over.
 *   tenant   what the tenant file holds (tenant.mjs has one to begin with); null for none
 *   host     the issuer's host name, default localhost
 *   issuer   instead of what host, port and tls make: behind a proxy, with a port that is free
 *   tls      what ca.mjs issued, with `ca`: serves https
 *   args     more arguments, env more environment: TACIT_CLOCK_OFFSET and the like
 *   test     the test's context, when the server is for one test only
 */
export async function serve({ tenant = defaultTenant(), host = 'localhost', port = 0, issuer, tls, args = [], env = {}, data, test } = {}) {
  const server = new Server({ tenant, host, port, issuer, tls, args, env, data });
  const whenOver = () => server.stop();
  if (test) test.after(whenOver);
  else after(whenOver);
  return server.start();
}
