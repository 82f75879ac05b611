// SPDX-License-Identifier: Apache-2.0
// What a silent authentication costs, as ratios taken in one run: against an empty reply of the
// same HTTP library, and against `openssl speed` for the signatures. The server has one core,
// the load the other; connections are kept alive. Absolute figures are this machine's.
//
// What is compared is measured back to back, in turns, and the ratio is the median of the pairs'
// ratios. Each is given twice: by rate, which is what a user has of it and needs a machine that
// does nothing else; and by CPU time, which bears neighbours. (`openssl speed` counts CPU time.)
//   BENCH_ROUNDS=5 BENCH_SECONDS=3 BENCH_SESSIONS=1000000 ./dev bench silent
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const program = process.env.TACIT_BIN ?? resolve('build/tacit');
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const seconds = Number(process.env.BENCH_SECONDS ?? 3);
const many = Number(process.env.BENCH_SESSIONS ?? 1_000_000);
const some = Math.min(100_000, many);
const printed = Math.min(20_000, some);

const dir = mkdtempSync(join(tmpdir(), 'tacit-bench-'));
const data = join(dir, 'data');
const tenantFile = join(dir, 'tenant.yaml');
const cookies = join(dir, 'cookies');
const origin = 'http://app.localhost:9';
const children = new Set();
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const run = (command, args, env) => execFileSync(command, args, { encoding: 'utf8', maxBuffer: 256 << 20, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });

function writeTenant(alg) {
  writeFileSync(tenantFile, JSON.stringify({
    tenant: { friendly_name: 'Bench' },
    clients: [{ name: 'Shop', client_id: 'shop', app_type: 'spa', token_endpoint_auth_method: 'none', callbacks: [`${origin}/callback`],
      web_origins: [origin], grant_types: ['authorization_code', 'implicit', 'refresh_token'], jwt_configuration: { alg } }],
    users: [{ email: 'ana@example.com', password: 'correct horse ana' }],
  }));
}

/** A child on core 0 whose first line of output `ready` understands. */
function start(command, args, ready) {
  const child = spawn('taskset', ['-c', '0', command, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.add(child);
  child.ended = new Promise((done) => { child.on('close', done); });
  return new Promise((done, fail) => {
    let text = '';
    child.on('close', (code) => fail(new Error(`${command} ended with ${code}`)));
    child.stdout.setEncoding('utf8').on('data', (more) => {
      text += more;
      const found = ready.exec(text);
      if (found) done({ child, found });
    });
  });
}

async function stop({ child }) {
  child.kill('SIGTERM');
  await child.ended;
  children.delete(child);
}

/** `file`: whether the tenant file is applied again, which checks the users' passwords. */
async function serve(file = ['--tenant-file', tenantFile]) {
  const began = performance.now();
  const server = await start(program, ['serve', '--listen', '127.0.0.1:0', '--issuer', 'http://localhost:0/', '--data', data, '--threads', '1',
    '--no-limits', ...file], /^tacit ready (\S+) in (\d+) ms$/m);
  const issuer = server.found[1];
  return { ...server, issuer, port: new URL(issuer).port, ready: Number(server.found[2]), started: performance.now() - began,
    cookieName: `__Host-tacit-${createHash('sha256').update(issuer).digest('hex').slice(0, 8)}` };
}

const rss = ({ child }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024;

function authorize(params) {
  return `/authorize?${new URLSearchParams({ client_id: 'shop', redirect_uri: `${origin}/callback`, scope: 'openid profile email', state: 'c3RhdGUtb2YtdGhlLWFwcA==',
    nonce: 'bm9uY2Utb2YtdGhlLWFwcA==', prompt: 'none', response_mode: 'web_message', auth0Client: 'eyJuYW1lIjoiYXV0aDAtc3BhLWpzIiwidmVyc2lvbiI6IjIuMjcuMCJ9', ...params })}`;
}
const codePath = authorize({ response_type: 'code', code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' });
const tokenPath = authorize({ response_type: 'id_token' });

const ms = (text) => ({ us: 0.001, ms: 1, s: 1000 })[text.replace(/[\d.]+/, '')] * parseFloat(text);

/** Microseconds of CPU that all threads of a process have had. */
function cpu({ child }) {
  const tasks = `/proc/${child.pid}/task`;
  return readdirSync(tasks).reduce((sum, task) => sum + Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]) / 1000, 0);
}

function load(server, port, path, cookieName = 'none', time = seconds) {
  const before = cpu(server);
  const text = run('taskset', ['-c', '1', 'wrk', '-t1', '-c32', `-d${time}s`, '--latency', '-s', 'bench/silent.lua', `http://127.0.0.1:${port}`],
    { BENCH_COOKIES: cookies, BENCH_PATH: path, BENCH_COOKIE_NAME: cookieName, BENCH_HOST: `localhost:${port}`, BENCH_STATE: server.state ?? '' });
  if (/Non-2xx/.test(text)) throw new Error(text);
  if (/Socket errors/.test(text)) process.stderr.write(text.match(/Socket errors.*/)[0] + '\n');
  const at = (percent) => ms(new RegExp(`^\\s+${percent}%\\s+(\\S+)`, 'm').exec(text)[1]);
  const requests = Number(/(\d+) requests in/.exec(text)[1]);
  return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]), p50: at(50), p99: at(99), cost: (cpu(server) - before) / requests };
}

function opensslSpeed(algorithm) {
  const text = run('taskset', ['-c', '0', 'openssl', 'speed', '-seconds', String(Math.max(1, Math.round(seconds / 2))), algorithm]);
  const line = text.split('\n').filter((l) => /sign|ecdsa|rsa/i.test(l)).at(-1);
  return Number(line.trim().split(/\s+/).at(-2));
}

const seed = (count, print) => run(resolve('build/bench/bench_seed'), [data, 'ana@example.com', 'shop', String(count), String(print)]);

async function answersOne(server, path) {
  const reply = await fetch(`http://127.0.0.1:${server.port}${path}`, { headers: { Host: `localhost:${server.port}`, Cookie: `${server.cookieName}=${readFileSync(cookies, 'utf8').split('\n')[0]}` } });
  const text = await reply.text();
  server.state = (reply.headers.getSetCookie() ?? []).map((cookie) => `; ${cookie.split(';', 1)[0]}`).join('');
  if (!/"(code|id_token)":"/.test(text)) throw new Error(`no success: ${text.slice(0, 600)}`);
}

/** openssl's own speed before and behind `ours`, since the machine's speed drifts: [the mean, ours]. */
function between(algorithm, ours) {
  const before = opensslSpeed(algorithm);
  const own = ours();
  return [(before + opensslSpeed(algorithm)) / 2, own];
}

/** Both of a pair; who is first changes with the round. */
function pair(round, one, other) {
  if (round % 2 === 0) return [one(), other()];
  const second = other();
  return [one(), second];
}

const rows = [];
const row = (what, figure, target, note = '') => rows.push([what, figure, target, note]);

async function main() {
  run('ninja', ['-C', 'build', 'bench/bench_empty', 'bench/bench_bare', 'bench/bench_seed']);
  writeTenant('RS256');
  const first = await serve();
  const idle = rss(first);
  await stop(first);
  process.stderr.write(`seeding ${some} sessions\n`);
  writeFileSync(cookies, seed(some, printed));

  const figures = { empty: [], code: [], openssl: [], es256: [], bare: [], rsa: [], rs256: [] };
  const empty = await start(resolve('build/bench/bench_empty'), ['0'], /^(\d+)$/m);
  let server = await serve();
  await answersOne(server, codePath);
  load(server, server.port, codePath, server.cookieName, 2);
  const warm = rss(server);
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}: code, RS256\n`);
    const [bare, code] = pair(round, () => load(empty, empty.found[1], '/'), () => load(server, server.port, codePath, server.cookieName));
    const [rsa, rs256] = between('rsa2048', () => load(server, server.port, tokenPath, server.cookieName));
    figures.empty.push(bare);
    figures.code.push(code);
    figures.rsa.push(rsa);
    figures.rs256.push(rs256);
  }
  const after = rss(server);
  await stop(server);
  writeTenant('ES256');
  server = await serve();
  await answersOne(server, tokenPath);
  const bare = await start(resolve('build/bench/bench_bare'), [join(dir, 'bare.db')], /^(\d+)$/m);
  for (let round = 0; round < rounds; round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}: ES256\n`);
    const [openssl, es256] = between('ecdsap256', () => load(server, server.port, tokenPath, server.cookieName));
    figures.openssl.push(openssl);
    figures.es256.push(es256);
    figures.bare.push(load(bare, bare.found[1], '/'));
  }
  await stop(server);
  await stop(bare).catch(() => {});
  await stop(empty).catch(() => {});

  const starts = [];
  if (many > some) {
    process.stderr.write(`seeding ${many - some} more\n`);
    seed(many - some, 0);
  }
  for (let i = 0; i < 5; i++) {
    server = await serve([]);
    starts.push(server.started);
    await stop(server);
  }

  const percent = (of, to) => `${(100 * median(of.map((value, i) => value / to[i]))).toFixed(0)} %`;
  const pick = (list, name) => list.map((figure) => figure[name]);
  const rate = (list) => `${median(list).toFixed(0)}/s`;
  const us = (list) => `${median(list).toFixed(1)} us`;
  function against(what, target, ours, theirs, theirName) {
    row(`${what}, by rate`, percent(pick(ours, 'rate'), theirs.rate), target, `${rate(pick(ours, 'rate'))} of ${rate(theirs.rate)} ${theirName}`);
    row(`${what}, by CPU`, percent(theirs.cost, pick(ours, 'cost')), target, `${us(theirs.cost)} of ${us(pick(ours, 'cost'))}`);
  }
  const signing = (perSecond) => ({ rate: perSecond, cost: perSecond.map((n) => 1_000_000 / n) });
  against('silent code', '>= 40 %', figures.code, { rate: pick(figures.empty, 'rate'), cost: pick(figures.empty, 'cost') }, 'empty replies');
  against('silent id_token ES256', '>= 48 %', figures.es256, signing(figures.openssl), 'openssl speed ecdsap256');
  against('the same', '>= 84 %', figures.es256, { rate: pick(figures.bare, 'rate'), cost: pick(figures.bare, 'cost') }, 'a bare read and signature');
  against('a bare read and ES256 signature', '', figures.bare, signing(figures.openssl), 'openssl speed ecdsap256');
  against('silent id_token RS256', '>= 93 %', figures.rs256, signing(figures.rsa), 'openssl speed rsa2048');
  row('silent code, p99 / p50', median(figures.code.map((f) => f.p99 / f.p50)).toFixed(1), '<= 3',
    `${median(pick(figures.code, 'p99')).toFixed(2)} ms, ${median(pick(figures.code, 'p50')).toFixed(2)} ms; empty reply: ${median(figures.empty.map((f) => f.p99 / f.p50)).toFixed(1)}`);
  row('RSS idle', `${idle.toFixed(1)} MB`, '<= 20 MB');
  row(`RSS with ${some} sessions`, `${Math.max(warm, after).toFixed(1)} MB`, '<= 60 MB', `after load over ${printed} of them`);
  row(`start to ready with ${many} sessions`, `${median(starts).toFixed(0)} ms`, '<= 100 ms', 'from exec to the ready line');
}

const before = loadavg()[0];
try {
  await main();
  console.log(`one core each for server and load (${cpus()[0].model}), medians of ${rounds} rounds of ${seconds} s; load average ${before.toFixed(1)} before, ${loadavg()[0].toFixed(1)} after`);
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((r) => r[i].length)));
  for (const r of rows) console.log(`  ${r.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('   ')}`);
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
