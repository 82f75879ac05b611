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
const NEWLINE = 0x0a;

const nothing = Buffer.alloc(0);

/** One message: what its line says, and the bytes behind it, a copy. */
function messageOf(frame) {
  const end = frame.indexOf(NEWLINE);
  if (end < 0) return { message: JSON.parse(frame.toString('utf8')), rest: nothing };
  return { message: JSON.parse(frame.toString('utf8', 0, end)), rest: Buffer.from(frame.subarray(end + 1)) };
}

/** Opens the socket `fd`; every whole message goes to `onMessage`, in order. */
export function openFrames(fd, onMessage) {
  const buffer = Buffer.allocUnsafe(IN_SIZE);
  let pending = nothing;
  const socket = new Socket({ fd, onread: { buffer, callback: (n) => {
    const chunk = pending.length ? Buffer.concat([pending, buffer.subarray(0, n)]) : buffer.subarray(0, n);
    let at = 0;
    while (chunk.length - at >= LENGTH_BYTES) {
      const length = chunk.readUInt32BE(at);
      if (length > FRAME_MOST) throw new Error('a message is too long');
      if (chunk.length - at - LENGTH_BYTES < length) break;
      at += LENGTH_BYTES + length;
      onMessage(messageOf(chunk.subarray(at - length, at)));
    }
    pending = at === chunk.length ? nothing : Buffer.from(chunk.subarray(at));
    return true;
  } } });
  socket.on('close', () => process.exit(0));
  socket.on('error', () => process.exit(0));

  const out = Buffer.allocUnsafe(OUT_SIZE);
  let used = 0;
  let later = false;
  const sendNow = (frame) => {
    try {
      return writeSync(fd, frame);
    } catch (error) {
      if (error.code === 'EAGAIN') return 0;
      process.exit(0);
    }
    return 0;
  };
  const write = (bytes) => {
    const sent = socket.writableLength ? 0 : sendNow(bytes);
    if (sent < bytes.length) socket.write(Buffer.from(bytes.subarray(sent)));
  };
  const flush = () => {
    later = false;
    const n = used;
    used = 0;
    if (n) write(out.subarray(0, n));
  };
  /** `more`: others will follow soon, and may travel together. */
  return function send(text, more) {
    const length = Buffer.byteLength(text);
    if (used + LENGTH_BYTES + length > OUT_SIZE) flush();
    const fits = LENGTH_BYTES + length <= OUT_SIZE;
    const frame = fits ? out.subarray(used, used + LENGTH_BYTES + length) : Buffer.allocUnsafe(LENGTH_BYTES + length);
    frame.writeUInt32BE(length, 0);
    frame.write(text, LENGTH_BYTES, 'utf8');
    if (!fits) {
      write(frame);
      return;
    }
    used += frame.length;
    if (!more) {
      flush();
    } else if (!later) {
      later = true;
      setImmediate(flush);
    }
  };
}
