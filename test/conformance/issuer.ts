import type { webcrypto } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { OidcConfig } from '#shared/config/service';

/** An issuer of tokens: its keys by HTTP, as a real one offers them. */
export interface Issuer extends AsyncDisposable {
  oidc: OidcConfig;
  token: (claims: JWTPayload, changes?: { audience?: string; issuer?: string; expires?: string }) => Promise<string>;
  /** Signed by a key that the issuer does not know, though it bears a known key's name. */
  forged: (claims: JWTPayload) => Promise<string>;
  /** A new key signs from now on; the old one is withdrawn. */
  rotate: () => Promise<void>;
}

export async function startIssuer(): Promise<Issuer> {
  let { publicKey, privateKey } = await generateKeyPair('ES256');
  let kid = 'one';
  const stranger = await generateKeyPair('ES256');
  const published = async () => ({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] });
  let keys = await published();
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify(keys));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sign = (
    key: webcrypto.CryptoKey,
    claims: JWTPayload,
    changes: { audience?: string; issuer?: string; expires?: string } = {},
  ) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(changes.issuer ?? issuer)
      .setAudience(changes.audience ?? 'jangbu')
      .setIssuedAt()
      .setExpirationTime(changes.expires ?? '5m')
      .sign(key);
  return {
    oidc: {
      issuer,
      audience: 'jangbu',
      jwksUrl: `${issuer}/keys`,
      tokenUrl: undefined,
      clientId: undefined,
      clientSecret: undefined,
    },
    token: (claims, changes) => sign(privateKey, claims, changes),
    forged: (claims) => sign(stranger.privateKey, claims),
    rotate: async () => {
      ({ publicKey, privateKey } = await generateKeyPair('ES256'));
      kid = `after ${kid}`;
      keys = await published();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
