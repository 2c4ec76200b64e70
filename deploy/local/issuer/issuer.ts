import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { SignJWT } from 'jose';
import { type HttpServer, Refusal, readText, sendJson, serveHttp } from '../provider/http.ts';
import { type Claims, personClaims, personSeconds, serviceClaims, serviceSeconds } from './claims.ts';
import { authenticateClient, parseClients } from './clients.ts';
import { signingKey } from './keys.ts';

/** For development only: whoever reaches the issuer gets a token for whomever it names. */
export const developmentGrant = 'urn:jangbu:development';

export interface IssuerOptions {
  port: number;
  dataDir: string;
  audience: string;
  /** `name:secret,name:secret` of the services. */
  clients: string;
}

/** An OpenID Connect issuer, as far as services and development need one. It listens on loopback only. */
export async function startIssuer({ port, dataDir, audience, clients }: IssuerOptions): Promise<HttpServer> {
  const key = await signingKey(dataDir);
  const known = parseClients(clients);
  let issuer = '';

  const sign = (claims: Claims, seconds: number): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: key.keyId, typ: 'JWT' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setIssuedAt(now)
      .setExpirationTime(now + seconds)
      .setJti(randomUUID())
      .sign(key.privateKey);
  };

  const grant = async (request: IncomingMessage): Promise<{ claims: Claims; seconds: number }> => {
    const form = new URLSearchParams(await readText(request));
    switch (form.get('grant_type')) {
      case 'client_credentials': {
        const name = authenticateClient(known, request.headers.authorization ?? '', form);
        return { claims: serviceClaims(name), seconds: serviceSeconds };
      }
      case developmentGrant: {
        const claims = personClaims(form.get('role') ?? undefined, form.get('id') ?? undefined);
        return { claims, seconds: lifetime(form.get('expires_in')) };
      }
      default:
        throw new Refusal(
          400,
          'unsupported_grant_type',
          `grant_type is neither client_credentials nor ${developmentGrant}`,
        );
    }
  };

  const server = await serveHttp(
    {
      'GET /.well-known/openid-configuration': (_request, response) =>
        sendJson(response, 200, {
          issuer,
          jwks_uri: `${issuer}/jwks`,
          token_endpoint: `${issuer}/token`,
          grant_types_supported: ['client_credentials', developmentGrant],
          token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
          id_token_signing_alg_values_supported: ['ES256'],
          subject_types_supported: ['public'],
          response_types_supported: ['token'],
        }),
      'GET /jwks': (_request, response) => sendJson(response, 200, { keys: [key.publicJwk] }),
      'POST /token': async (request, response) => {
        const { claims, seconds } = await grant(request);
        sendJson(response, 200, {
          access_token: await sign(claims, seconds),
          token_type: 'Bearer',
          expires_in: seconds,
        });
      },
    },
    port,
  );
  issuer = `http://127.0.0.1:${server.port}`;
  return server;
}

/** Seconds; negative ones make a token that has expired, for tests of the other side. */
function lifetime(text: string | null): number {
  if (text === null) return personSeconds;
  const seconds = Number(text);
  if (Number.isSafeInteger(seconds) && Math.abs(seconds) <= 366 * 86_400) return seconds;
  throw new Refusal(400, 'invalid_request', `expires_in is not a number of seconds: ${text}`);
}
