// SPDX-License-Identifier: Apache-2.0
// Messages on the socket: four bytes of length, big endian, and that many bytes. Towards us a line
// of JSON, and behind it, where there is one, the event in parts (event.mjs); from us JSON.
// The socket is read into one buffer and written past Node's streams: they are half the cost of a
// short action.
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

const FRAME_MOST = 1 << 24;
const IN_SIZE = 64 * 1024;
const OUT_SIZE = 64 * 1024;
const LENGTH_BYTES = 4;
const UTF8_MOST = 3;

const nothing = Buffer.alloc(0);

/**
 * The message in those bytes: what its line says, and the text behind it. The parts of an event
 * are told in bytes, which are places in the text only where every character is one byte; where
 * they are not, `parts` is taken away.
 */
function messageOf(chunk, from, to) {
  const text = chunk.toString('utf8', from, to);
  const end = text.indexOf('\n');
  if (end < 0) return { message: JSON.parse(text), rest: '' };
  const message = JSON.parse(text.slice(0, end));
  if (text.length !== to - from) message.parts = undefined;
  return { message, rest: text.slice(end + 1) };
}

/** Opens the socket `fd`; every whole message goes to `onMessage`, in order. */
export function openFrames(fd, onMessage) {
  const buffer = Buffer.allocUnsafe(IN_SIZE);
  let pending = nothing;
  const socket = new Socket({ fd, onread: { buffer, callback: (n) => {
    const chunk = pending.length ? Buffer.concat([pending, buffer.subarray(0, n)]) : buffer;
    const end = pending.length + n;
    let at = 0;
    while (end - at >= LENGTH_BYTES) {
      const length = chunk.readUInt32BE(at);
      if (length > FRAME_MOST) throw new Error('a message is too long');
      if (end - at - LENGTH_BYTES < length) break;
      at += LENGTH_BYTES + length;
      onMessage(messageOf(chunk, at - length, at));
    }
    pending = at === end ? nothing : Buffer.from(chunk.subarray(at, end));
    return true;
  } } });
  socket.on('close', () => process.exit(0));
  socket.on('error', () => process.exit(0));

  const out = Buffer.allocUnsafe(OUT_SIZE);
  let used = 0;
  let later = false;
  const sendNow = (bytes, n) => {
    try {
      return writeSync(fd, bytes, 0, n);
    } catch (error) {
      if (error.code === 'EAGAIN') return 0;
      process.exit(0);
    }
    return 0;
  };
  const write = (bytes, n) => {
    const sent = socket.writableLength ? 0 : sendNow(bytes, n);
    if (sent < n) socket.write(Buffer.from(bytes.subarray(sent, n)));
  };
  const flush = () => {
    later = false;
    const n = used;
    used = 0;
    if (n) write(out, n);
  };
  /** `more`: others will follow soon, and may travel together. */
  return function send(text, more) {
    const most = LENGTH_BYTES + text.length * UTF8_MOST;
    if (used + most > OUT_SIZE) flush();
    const to = most > OUT_SIZE ? Buffer.allocUnsafe(most) : out;
    const at = to === out ? used : 0;
    const length = to.write(text, at + LENGTH_BYTES, 'utf8');
    to.writeUInt32BE(length, at);
    if (to !== out) {
      write(to, LENGTH_BYTES + length);
      return;
    }
    used += LENGTH_BYTES + length;
    if (!more) {
      flush();
    } else if (!later) {
      later = true;
      setImmediate(flush);
    }
  };
}
