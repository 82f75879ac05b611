// SPDX-License-Identifier: Apache-2.0
// A certificate authority that lives as long as a test: made with the openssl command in a
// folder that the caller removes. Keys are P-256, certificates last two days.
import { execFileSync } from 'node:child_process';
import { X509Certificate, createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const days = ['-days', '2'];

function openssl(args) {
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: 30_000 });
}

/** A certificate that nobody vouches for but its own key: {cert, key}. */
export function selfSigned(subject) {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-ca-'));
  const [certFile, keyFile] = [join(dir, 'own.pem'), join(dir, 'own.key')];
  openssl(['req', '-x509', ...newKey, ...days, '-subj', subject, '-keyout', keyFile, '-out', certFile]);
  const made = { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  rmSync(dir, { recursive: true, force: true });
  return made;
}

/**
 * An authority in a fresh folder.
 *   pem, file      its certificate
 *   issue(...names) a server certificate for these DNS names:
 *                  {cert, key} PEM text, {certFile, keyFile}, and `spki`, the base64 SHA-256 of
 *                  its public key, as Chromium's --ignore-certificate-errors-spki-list wants it
 *   issueClient(subject, {san, days, purpose})
 *                  a client's certificate: {cert, key} PEM text. subject as openssl has it
 *                  ("/CN=a"), san as its subjectAltName
 *   remove()       deletes the folder
 */
export function makeAuthority() {
  const dir = mkdtempSync(join(tmpdir(), 'tacit-ca-'));
  const file = join(dir, 'ca.pem');
  const key = join(dir, 'ca.key');
  const extensions = ['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign'];
  openssl(['req', '-x509', ...newKey, ...days, '-subj', '/CN=tacit test authority', ...extensions,
    '-keyout', key, '-out', file]);
  let issued = 0;

  function issue(...names) {
    const base = join(dir, `server-${++issued}`);
    const [certFile, keyFile, request, profile] = ['.pem', '.key', '.csr', '.ext'].map((end) => base + end);
    writeFileSync(profile, [
      `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')},IP:127.0.0.1`,
      'basicConstraints=critical,CA:FALSE',
      'extendedKeyUsage=serverAuth',
      '',
    ].join('\n'));
    openssl(['req', ...newKey, '-subj', `/CN=${names[0]}`, '-keyout', keyFile, '-out', request]);
    openssl(['x509', '-req', '-in', request, '-CA', file, '-CAkey', key, '-CAcreateserial', ...days,
      '-extfile', profile, '-out', certFile]);
    const cert = readFileSync(certFile, 'utf8');
    const spki = createHash('sha256')
      .update(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' }))
      .digest('base64');
    return { cert, key: readFileSync(keyFile, 'utf8'), certFile, keyFile, spki };
  }

  function issueClient(subject, { san, days: life = 2, purpose = 'clientAuth' } = {}) {
    const base = join(dir, `client-${++issued}`);
    const [certFile, keyFile, request, profile] = ['.pem', '.key', '.csr', '.ext'].map((end) => base + end);
    writeFileSync(profile, [...(san ? [`subjectAltName=${san}`] : []), 'basicConstraints=critical,CA:FALSE', `extendedKeyUsage=${purpose}`, ''].join('\n'));
    openssl(['req', ...newKey, '-utf8', '-subj', subject, '-keyout', keyFile, '-out', request]);
    openssl(['x509', '-req', '-in', request, '-CA', file, '-CAkey', key, '-CAcreateserial', '-days', String(life),
      '-extfile', profile, '-out', certFile]);
    return { cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }

  return {
    dir,
    file,
    pem: readFileSync(file, 'utf8'),
    issue,
    issueClient,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}
