// SPDX-License-Identifier: Apache-2.0
// What a bound action costs a silent authentication: the how-to's action (docs/actions.md), with
// sessions that have the factor, against the same server with nothing bound. The server and its
// Node.js process share one core, the load has the other; rates with 32 connections, times with 1,
// and what a request takes of the processor, which holds on a busy machine too. Both servers are up,
// and what is compared is measured back to back, in turns: the figures are medians of the pairs'.
//   BENCH_ROUNDS=5 BENCH_SECONDS=3 ./dev bench actions
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { documentedCode } from '../test/support/actions.mjs';

const program = process.env.TACIT_BIN ?? resolve('build/tacit');
const seeder = process.env.BENCH_SEED ?? resolve('build/bench/bench_seed');
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);

const dir = mkdtempSync(join(tmpdir(), 'tacit-bench-'));
const tenantFile = join(dir, 'tenant.yaml');
const origin = 'http://app.localhost:9';
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const run = (command, args, env) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });

function writeTenant(bound) {
  writeFileSync(tenantFile, JSON.stringify({
    tenant: { friendly_name: 'Bench' },
    clients: [{ name: 'Shop', client_id: 'shop', app_type: 'spa', token_endpoint_auth_method: 'none', callbacks: [`${origin}/callback`],
      web_origins: [origin], grant_types: ['authorization_code'] }],
    users: [{ email: 'ana@example.com', password: 'correct horse ana' }],
    actions: [{ name: 'mfa-once', supported_triggers: [{ id: 'post-login', version: 'v3' }], code: documentedCode('actions.md', '## Second factor once per session') }],
    triggers: { 'post-login': bound ? ['mfa-once'] : [] },
  }));
}

async function serve(data) {
  const child = spawn('taskset', ['-c', '0', program, 'serve', '--listen', '127.0.0.1:0', '--issuer', 'http://localhost:0/', '--data', data, '--threads', '1',
    '--no-limits', '--tenant-file', tenantFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((done) => { child.on('close', done); });
  const issuer = await new Promise((done, fail) => {
    child.on('close', (code) => fail(new Error(`the server ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (text) => done(/tacit ready (\S+)/.exec(text)[1]));
  });
  return { pid: child.pid, port: new URL(issuer).port, cookieName: `__Host-tacit-${createHash('sha256').update(issuer).digest('hex').slice(0, 8)}`,
    stop: () => { child.kill('SIGTERM'); return ended; } };
}

/** A server whose users have sessions, with the action bound or nothing. */
async function prepare(name, bound) {
  const data = join(dir, name);
  const cookies = join(dir, `${name}.cookies`);
  writeTenant(bound);
  await (await serve(data)).stop();
  writeFileSync(cookies, run(seeder, [data, 'ana@example.com', 'shop', '5000', '5000',
    '[{"name":"pwd","timestamp":1763758800000},{"name":"mfa","timestamp":1763758800000}]']));
  const server = { ...await serve(data), cookies };
  await answersOne(server);
  load(server, 32);
  return server;
}

const path = `/authorize?${new URLSearchParams({ client_id: 'shop', redirect_uri: `${origin}/callback`, scope: 'openid profile email', state: 'c3RhdGUtb2YtdGhlLWFwcA==',
  nonce: 'bm9uY2Utb2YtdGhlLWFwcA==', prompt: 'none', response_mode: 'web_message', response_type: 'code', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256' })}`;
const us = (text) => ({ us: 1, ms: 1000, s: 1e6 })[text.replace(/[\d.]+/, '')] * parseFloat(text);

function load(server, connections) {
  const text = run('taskset', ['-c', '1', 'wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', 'bench/silent.lua', `http://127.0.0.1:${server.port}`],
    { BENCH_COOKIES: server.cookies, BENCH_PATH: path, BENCH_COOKIE_NAME: server.cookieName, BENCH_HOST: `localhost:${server.port}`, BENCH_STATE: server.state });
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(text);
  const at = (percent) => us(new RegExp(`^\\s+${percent}%\\s+(\\S+)`, 'm').exec(text)[1]);
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]), p50: at(50), p99: at(99) };
}

/** Processor time of the server and its children until now, in microseconds (ticks are 10 ms). */
function processorTime({ pid }) {
  let ticks = 0;
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
      if (Number(name) === pid || Number(fields[1]) === pid) ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // It ended meanwhile.
    }
  }
  return ticks * 10_000;
}

async function answersOne(server) {
  const reply = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { Host: `localhost:${server.port}`, Cookie: `${server.cookieName}=${readFileSync(server.cookies, 'utf8').split('\n')[0]}` } });
  const text = await reply.text();
  server.state = (reply.headers.getSetCookie() ?? []).map((cookie) => `; ${cookie.split(';', 1)[0]}`).join('');
  if (!/"code":"/.test(text)) throw new Error(`no success: ${text.slice(0, 600)}`);
}

function measure(server) {
  const before = processorTime(server);
  const many = load(server, 32);
  return { many, each: (processorTime(server) - before) / (many.rate * seconds), one: load(server, 1) };
}

const servers = [];
try {
  servers.push(await prepare('without', false), await prepare('bound', true));
  const [without, bound] = [[], []];
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    without.push(measure(servers[0]));
    bound.push(measure(servers[1]));
  }
  const pairs = (figure) => median(bound.map((one, i) => figure(one, without[i])));
  const each = (list) => `${median(list.map((measured) => measured.each)).toFixed(0)} us`;
  const p50 = (list) => `${median(list.map(({ one }) => one.p50)).toFixed(0)} us`;
  const rate = (list) => `${median(list.map(({ many }) => many.rate)).toFixed(0)}/s`;
  console.log(`server and Node.js on one core, load on another (${cpus()[0].model}), medians of ${rounds} rounds of ${seconds} s`);
  console.log(`  silent code with the action / without   ${(100 * pairs((a, b) => a.many.rate / b.many.rate)).toFixed(0)} %   >= 40 %     ${rate(bound)} of ${rate(without)}`);
  console.log(`  added p50, one connection               ${pairs((a, b) => a.one.p50 - b.one.p50).toFixed(0)} us  <= 150 us   ${p50(bound)}, ${p50(without)}`);
  console.log(`  processor time of a request             ${each(bound)}, without ${each(without)}`);
} finally {
  for (const server of servers) await server.stop();
  rmSync(dir, { recursive: true, force: true });
}
