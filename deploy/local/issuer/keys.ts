import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { writeDurably } from '../provider/durableFile.ts';

export interface SigningKey {
  privateKey: CryptoKey;
  publicJwk: JWK;
  keyId: string;
}

/** The issuer's key, kept in a file so that tokens stay good over a restart. */
export async function signingKey(folder: string): Promise<SigningKey> {
  const path = join(folder, 'key.json');
  const jwk = (await readKey(path)) ?? (await makeKey(path));
  const privateKey = (await importJWK(jwk, 'ES256')) as CryptoKey;
  const { kty, crv, x, y } = jwk;
  const keyId = await calculateJwkThumbprint(jwk);
  return { privateKey, keyId, publicJwk: { kty, crv, x, y, kid: keyId, use: 'sig', alg: 'ES256' } as JWK };
}

async function makeKey(path: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  await writeDurably(path, JSON.stringify(await exportJWK(privateKey)));
  // Another process may have been first; there is one key only.
  return (await readKey(path)) as JWK;
}

async function readKey(path: string): Promise<JWK | undefined> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  return text === undefined ? undefined : (JSON.parse(text) as JWK);
}
