import type { OidcConfig } from '../config/service.ts';
import { Fault } from '../errors/fault.ts';

/** Gives the service's own bearer token. */
export type ServiceToken = () => Promise<string | undefined>;

/**
 * Gets the service's own token by OAuth's client credentials and keeps it until a minute before it expires.
 * Callers that arrive while it is being fetched share the one request.
 */
export function serviceToken(oidc: OidcConfig): ServiceToken {
  const { tokenUrl, clientId, clientSecret } = oidc;
  if (!tokenUrl || !clientId || !clientSecret) return async () => undefined;
  let current: { token: string; freshUntil: number } | undefined;
  let pending: Promise<string> | undefined;

  const fetchToken = async (): Promise<string> => {
    const response = await fetch(tokenUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
      signal: AbortSignal.timeout(5_000),
    }).catch((cause) => {
      throw new Fault('DEPENDENCY_UNAVAILABLE', {
        message: 'the issuer does not answer',
        cause,
      });
    });
    if (!response.ok) {
      throw new Fault('DEPENDENCY_UNAVAILABLE', {
        message: `the issuer answers ${response.status}`,
      });
    }
    const { access_token: token, expires_in: seconds } = (await response.json()) as {
      access_token: string;
      expires_in: number;
    };
    current = {
      token,
      freshUntil: Date.now() + Math.max(0, seconds - 60) * 1000,
    };
    return token;
  };

  return async () => {
    if (current && Date.now() < current.freshUntil) return current.token;
    pending ??= fetchToken().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}
