// SPDX-License-Identifier: Apache-2.0
// Messages on a stream: four bytes of length, big endian, and that many bytes of JSON.
const FRAME_MOST = 1 << 24;

/** Gives `onMessage` every whole message of the stream, in order. */
export function readFrames(stream, onMessage) {
  let pending = Buffer.alloc(0);
  stream.on('data', (chunk) => {
    pending = pending.length ? Buffer.concat([pending, chunk]) : chunk;
    let at = 0;
    while (pending.length - at >= 4) {
      const length = pending.readUInt32BE(at);
      if (length > FRAME_MOST) throw new Error('a message is too long');
      if (pending.length - at - 4 < length) break;
      onMessage(JSON.parse(pending.toString('utf8', at + 4, at + 4 + length)));
      at += 4 + length;
    }
    pending = pending.subarray(at);
  });
}

export function writeFrame(stream, text) {
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(4 + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, 4, 'utf8');
  stream.write(frame);
}
