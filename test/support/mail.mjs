// SPDX-License-Identifier: Apache-2.0
// The mail that the server sends: from the folder of --mail-sink, or by SMTP to a small server
// that believes everything: in the clear, by STARTTLS (RFC 3207) or by TLS from the start (RFC 8314).
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { after } from 'node:test';

const patience = Number(process.env.TACIT_TEST_PATIENCE ?? 20_000);

/** A message taken apart: {headers, to, subject, text, html, links}. */
export function parse(raw) {
  const [head] = raw.split('\r\n\r\n', 1);
  const headers = Object.fromEntries(head.replace(/\r\n\s+/g, ' ').split('\r\n').map((line) => {
    const at = line.indexOf(':');
    return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
  }));
  const [, boundary] = /boundary="([^"]+)"/.exec(headers['content-type']);
  const [text, html] = raw.split(`--${boundary}`).slice(1, 3).map((part) => {
    const at = part.indexOf('\r\n\r\n');
    return Buffer.from(part.slice(at), 'base64').toString('utf8');
  });
  const subject = headers.subject.replace(/=\?UTF-8\?B\?([^?]*)\?= ?/g, (_, word) => Buffer.from(word, 'base64').toString('utf8'));
  return { headers, to: /<(.*)>/.exec(headers.to)[1], subject, text, html, links: text.match(/https?:\/\/\S+/g) ?? [] };
}

/** What `look` gives, as soon as it is something. */
export async function until(look, what) {
  const end = Date.now() + patience;
  for (;;) {
    const found = look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`no ${what} within ${patience} ms`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

class Box {
  #taken = new Set();

  /** A message nobody has taken yet, to that address if one is given; waited for. */
  async next(to) {
    const message = await until(() => this.all.find((m) => !this.#taken.has(m.headers['message-id']) && (!to || m.to === to)), 'message');
    this.#taken.add(message.headers['message-id']);
    return message;
  }
}

class Sink extends Box {
  #seen = [];
  folder = mkdtempSync(join(tmpdir(), 'tacit-mail-'));

  get args() {
    return ['--mail-sink', this.folder];
  }

  get all() {
    const names = readdirSync(this.folder).filter((name) => name.endsWith('.eml'));
    for (const name of names) {
      if (!this.#seen.some((one) => one.name === name)) {
        this.#seen.push({ name, ...parse(readFileSync(join(this.folder, name), 'latin1')) });
      }
    }
    return this.#seen;
  }
}

/** A folder for --mail-sink; gone when the file is over. */
export function mailSink() {
  const sink = new Sink();
  after(() => {
    // The server may still be writing what the test has not waited for: not there any more.
    const gone = `${sink.folder}.gone`;
    renameSync(sink.folder, gone);
    rmSync(gone, { recursive: true });
  });
  return sink;
}

class Smtp extends Box {
  raw = [];
  commands = [];
  /** What to answer instead, by command word: {RCPT: '451 later'}. */
  replies = {};
  /** What came before the connection was encrypted, for STARTTLS. */
  clear = [];

  constructor({ mode = 'none', cert, key } = {}) {
    super();
    const context = cert && tls.createSecureContext({ cert, key });
    const upgrade = (socket) => new tls.TLSSocket(socket, { isServer: true, secureContext: context });
    this.starttls = mode === 'starttls' && upgrade;
    this.server = mode === 'tls' ? tls.createServer({ cert, key }, (socket) => this.#serve(socket, true))
      : net.createServer((socket) => this.#serve(socket, mode === 'none'));
    this.server.on('tlsClientError', () => {});
  }

  get port() {
    return this.server.address().port;
  }

  get all() {
    return this.raw.map(parse);
  }

  #serve(socket, open, greets = true) {
    let text = '';
    let data = false;
    const hello = open ? '250-localhost\r\n250 AUTH PLAIN' : '250-localhost\r\n250 STARTTLS';
    socket.on('error', () => {});
    if (greets) socket.write('220 localhost\r\n');
    const hear = (chunk) => {
      text += chunk.toString('latin1');
      for (;;) {
        const end = data ? '\r\n.\r\n' : '\r\n';
        const at = text.indexOf(end);
        if (at < 0) return;
        const piece = text.slice(0, at);
        text = text.slice(at + end.length);
        if (data) {
          data = false;
          this.raw.push(`${piece}\r\n`);
          socket.write('250 taken\r\n');
          continue;
        }
        (open ? this.commands : this.clear).push(piece);
        if (!open && this.starttls && piece.toUpperCase() === 'STARTTLS') {
          socket.off('data', hear);
          socket.write('220 go on\r\n', () => this.#serve(this.starttls(socket), true, false));
          return;
        }
        // What follows "334" is the name and the password, not a command.
        const word = this.commands.at(-2) === 'AUTH PLAIN' ? 'PLAIN' : piece.split(' ')[0].toUpperCase();
        const reply = this.replies[word] ?? { EHLO: hello, AUTH: '334 ', PLAIN: '235 hello', DATA: '354 go on', QUIT: '221 bye' }[word] ?? '250 fine';
        data = reply.startsWith('354');
        socket.write(`${reply}\r\n`);
        if (word === 'QUIT') socket.end();
      }
    };
    socket.on('data', hear);
  }
}

/**
 * A mail server on a free port; closed when the file is over. `mode` is "none", "starttls" or
 * "tls", the latter two with {cert, key} of ca.mjs.
 */
export async function smtpServer(options) {
  const smtp = new Smtp(options);
  await new Promise((done, reject) => { smtp.server.on('error', reject).listen(0, '127.0.0.1', done); });
  after(() => new Promise((done) => { smtp.server.close(done); }));
  return smtp;
}
