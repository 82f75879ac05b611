// SPDX-License-Identifier: Apache-2.0
// The program that runs actions. The server starts it, gives it the code, and then a request at a
// time, several in flight. It has a socket and nothing else of the server's: no environment, no
// files but its code and the actions' folders, no keys.
//
//   server -> {type: 'load', trigger, actions: [{name, version, code, folder, secrets, time_limit}]}
//   host   -> {ready: true, broken: ['NAME: why it does not load'] | absent}
//   server -> {id, silent, parts | event, carry: {index, wish, challenge} | absent}, and the event in parts
//   host   -> {id, deny, redirect: {url}, challenge, index, wish, logs}  or  {id, failed: {action, kind, message}, logs}
//
// A redirect and a challenge interrupt the run; `carry` is what to go on with, from that index.
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import { format } from 'node:util';
import vm from 'node:vm';

import { acceptedTypes, isMet, makeApi, makeCredentialsApi } from './api.mjs';
import { makeEvent } from './event.mjs';
import { openFrames } from './frame.mjs';

const OUTPUT_MOST = 16 * 1024;
const ANSWER_MOST = 64 * 1024;
const CLAIMS_MOST = 4000;
const MESSAGE_MOST = 500;

const SWEEP_MS = 20;

const runs = new AsyncLocalStorage();
const underWay = new Set();
let sweeper;
let actions = [];
let trigger = 'post-login';
let canPrint = true;
let needsWhole = true;

class Failure extends Error {
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** What an action prints belongs to the run that printed it. */
function captureConsole() {
  for (const level of ['debug', 'error', 'info', 'log', 'trace', 'warn']) {
    console[level] = (...values) => {
      const run = runs.getStore();
      if (!run || run.flooded) return;
      Object.keys(run.event);
      const text = format(...values);
      run.output += text.length + 1;
      run.flooded = run.output > OUTPUT_MOST;
      if (run.flooded) throw new Failure('output', `it printed more than ${OUTPUT_MOST} bytes`);
      run.logs.push({ action: run.action, level, text });
    };
  }
}

/** CommonJS, as actions are written; `require` finds what lies in the action's own folder. */
function compile({ name, code, folder }) {
  const filename = folder ? `${folder}/${name}.js` : `${name}.js`;
  const module = { exports: {} };
  const require = createRequire(folder ? filename : '/usr/lib/action.js');
  const run = vm.compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], { filename });
  run.call(module.exports, module.exports, require, module, filename, folder);
  return module.exports;
}

function load(list) {
  // Following a run through its promises is half the cost of a short action.
  const mentions = (words) => list.some(({ code }) => words.test(code));
  canPrint = mentions(/\b(console|require|import|globalThis|eval|Function)\b/);
  // What copies or shows an object past the object itself finds a whole one.
  needsWhole = mentions(/\b(structuredClone|require|import|globalThis|eval|Function)\b/);
  actions = list.map((action) => {
    try {
      return { ...action, exports: compile(action) };
    } catch (error) {
      return { ...action, error };
    }
  });
}

function handlerOf(action, run) {
  if (action.error) throw action.error;
  if (trigger === 'credentials-exchange') return action.exports.onExecuteCredentialsExchange;
  if (run.continuing) return action.exports.onContinuePostLogin;
  if (run.silent && action.exports.onSilent === 'skip') return undefined;
  return action.exports.onExecutePostLogin;
}

/** What its function returns, which is undefined where there is nothing to run. */
function callOne(action, run, event, wish) {
  const handler = handlerOf(action, run);
  if (handler === undefined) return undefined;
  event.secrets = { ...action.secrets };
  event.configuration = {};
  run.limit = action.time_limit;
  run.until = performance.now() + run.limit;
  return handler(event, trigger === 'credentials-exchange' ? makeCredentialsApi(run, wish) : makeApi(run, event, wish));
}

/** What the page has to ask for; `accepted` is absent where any factor will do. */
function interruptedBy(run, challenge, index, wish) {
  return { challenge: { ...challenge, accepted: acceptedTypes(run.event, challenge) }, index, by: challenge.by, wish };
}

async function runAll(run, { carry }) {
  const { event } = run;
  const wish = carry?.wish ?? {};
  const asked = carry?.challenge;
  if (wish.transaction) event.transaction.metadata = wish.transaction;
  if (asked && !isMet(event, asked)) return interruptedBy(run, asked, carry.index, wish);
  run.continuing = carry !== undefined && !asked;
  for (let index = carry?.index ?? 0; index < actions.length; index++) {
    run.action = actions[index].name;
    const done = callOne(actions[index], run, event, wish);
    if (done instanceof Promise) await done;
    if (!underWay.has(run)) return undefined;
    if (run.flooded) throw new Failure('output', `it printed more than ${OUTPUT_MOST} bytes`);
    run.continuing = false;
    if (run.deny !== undefined) return { deny: run.deny, deny_code: run.denyCode, by: run.action, wish };
    if (run.redirect) return { redirect: { url: run.redirect }, index, by: run.action, wish };
    if (run.challenge && !isMet(event, run.challenge)) return interruptedBy(run, { ...run.challenge, by: run.action }, index + 1, wish);
    run.challenge = undefined;
    if (wish.mfa && !wish.mfa.by) wish.mfa.by = run.action;
  }
  return { wish };
}

/** They travel inside codes, which are parts of URLs. */
function checkClaims({ id_token: one, access_token: other, refresh_token: third }) {
  const size = (part) => (part === undefined ? 0 : Buffer.byteLength(JSON.stringify(part)));
  if (size(one) + size(other) + size(third) > CLAIMS_MOST) {
    throw new Failure('result', `its custom claims, and what it keeps with the refresh token, take more than ${CLAIMS_MOST} bytes`);
  }
}

function failure(run, error) {
  const message = String(error?.message ?? error).slice(0, MESSAGE_MOST);
  return { failed: { action: run.action, kind: error instanceof Failure ? error.kind : 'throw', message } };
}

/** Sends how the run ended, unless it was told already that it took too long. */
function finish(run, result) {
  if (!underWay.has(run)) return;
  let reply = JSON.stringify({ id: run.id, ...result, logs: run.logs });
  if (Buffer.byteLength(reply) > ANSWER_MOST) {
    reply = JSON.stringify({ id: run.id, ...failure(run, new Failure('result', `it asked for more than ${ANSWER_MOST} bytes`)), logs: [] });
  }
  underWay.delete(run);
  send(reply, underWay.size > 0);
}

/** One timer looks after all runs: one for each would cost more than most actions do. */
function endLateOnes() {
  const now = performance.now();
  for (const run of underWay) {
    if (now >= run.until) finish(run, failure(run, new Failure('timeout', `it took longer than ${run.limit} ms`)));
  }
  if (underWay.size === 0) {
    clearInterval(sweeper);
    sweeper = undefined;
  }
}

async function answer(run, request) {
  underWay.add(run);
  sweeper ??= setInterval(endLateOnes, SWEEP_MS);
  try {
    const result = await (canPrint ? runs.run(run, () => runAll(run, request)) : runAll(run, request));
    if (result) checkClaims(result.wish);
    finish(run, result);
  } catch (error) {
    finish(run, failure(run, error));
  }
}

/** `text`: the event, which is read in parts where nothing could tell the difference. */
function begin(request, text) {
  const event = request.event ?? (needsWhole || !request.parts ? JSON.parse(text) : makeEvent(text, request.parts));
  answer({ id: request.id, event, silent: request.silent, action: '', logs: [], output: 0, flooded: false, until: Infinity }, request);
}

captureConsole();
const send = openFrames(3, ({ message, rest }) => {
  if (message.type === 'load') {
    trigger = message.trigger ?? trigger;
    load(message.actions);
    const broken = actions.filter(({ error }) => error).map(({ name, error }) => `${name}: ${String(error).slice(0, MESSAGE_MOST)}`);
    send(JSON.stringify({ ready: true, broken: broken.length ? broken : undefined }));
    return;
  }
  begin(message, rest);
});
