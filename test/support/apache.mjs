// SPDX-License-Identifier: Apache-2.0
// Debian's Apache, as a process of the test's own: its folder, its port of 127.0.0.1, https with
// what ca.mjs issued; nothing of the machine's configuration is read.
import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

const patience = Number(process.env.TACIT_TEST_PATIENCE ?? 20_000);
const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'mime', 'headers', 'ssl', 'auth_openidc'];

/** A port that is free now. Apache cannot take any that is; whoever uses it tries again. */
function freePort() {
  return new Promise((done, reject) => {
    const probe = net.createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

function configuration(dir, port, { certFile, keyFile }, directives) {
  // Started by root, its children are others.
  const others = process.getuid() === 0 ? ['User www-data', 'Group www-data'] : [];
  return [
    `ServerRoot "${dir}"`, `DefaultRuntimeDir "${dir}"`, `PidFile "${dir}/pid"`, `ErrorLog "${dir}/error.log"`, 'LogLevel warn auth_openidc:info',
    ...modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    ...others, 'ServerName localhost', `Listen 127.0.0.1:${port}`, 'StartServers 1', 'ServerLimit 1', 'ThreadsPerChild 8', 'MaxRequestWorkers 8',
      'MinSpareThreads 1', 'MaxSpareThreads 8',
    `Mutex file:${dir} default`, 'TypesConfig /dev/null', `DocumentRoot "${dir}/htdocs"`, 'DirectoryIndex index.html',
    'SSLEngine on', `SSLCertificateFile "${certFile}"`, `SSLCertificateKeyFile "${keyFile}"`,
    ...directives({ port, authority: join(dir, 'ca.pem') }), '',
  ].join('\n');
}

function answers(port, ca) {
  return new Promise((done) => {
    https.get({ host: '127.0.0.1', port, servername: 'localhost', ca, path: '/', agent: false }, (answer) => {
      answer.resume();
      done(true);
    }).on('error', () => done(false));
  });
}

async function ended(child, ms) {
  const over = new Promise((done) => { child.once('exit', () => done(true)); });
  if (child.exitCode !== null || child.signalCode !== null) return true;
  return Promise.race([over, new Promise((done) => { setTimeout(done, ms, false).unref(); })]);
}

/**
 * Starts it; it is stopped when the file is over.
 *   tls         {certFile, keyFile, ca}
 *   pages       {path: text} below its root
 *   directives  more lines of configuration, made of {port, authority}: a file that Apache may read
 */
export async function startApache({ tls, pages, directives }) {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-apache-'));
  chmodSync(dir, 0o755);
  writeFileSync(join(dir, 'ca.pem'), tls.ca);
  for (const [path, text] of Object.entries(pages)) {
    const file = join(dir, 'htdocs', path);
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, text);
  }
  let child;
  const stop = async () => {
    child?.kill('SIGTERM');
    if (child && !await ended(child, 5000)) child.kill('SIGKILL');
  };
  after(async () => {
    await stop();
    rmSync(dir, { recursive: true, force: true });
  });
  for (let tries = 0; tries < 5; tries++) {
    const port = await freePort();
    writeFileSync(join(dir, 'apache.conf'), configuration(dir, port, tls, directives));
    child = spawn('/usr/sbin/apache2', ['-f', join(dir, 'apache.conf'), '-DFOREGROUND'], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text) => { said += text; });
    for (const until = Date.now() + patience; Date.now() < until && child.exitCode === null;) {
      if (await answers(port, tls.ca)) return { port, log: () => said + readFileSync(join(dir, 'error.log'), 'utf8') };
      await new Promise((done) => { setTimeout(done, 50); });
    }
    await stop();
    if (!/Address already in use/.test(said)) throw new Error(`Apache did not start: ${said}`);
  }
  throw new Error('Apache found no free port');
}
