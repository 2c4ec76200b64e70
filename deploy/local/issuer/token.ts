import { developmentGrant } from './issuer.ts';

export type Role = 'operator' | 'customer' | 'driver';

export interface TokenRequest {
  role: Role;
  /** The customer's or driver's id. */
  id?: string;
  /** Seconds until it expires; twelve hours if not said. */
  expiresIn?: number;
}

/** Gets a person's token from the development issuer. */
export async function requestToken(issuerUrl: string, { role, id, expiresIn }: TokenRequest): Promise<string> {
  const body = new URLSearchParams({ grant_type: developmentGrant, role });
  if (id !== undefined) body.set('id', id);
  if (expiresIn !== undefined) body.set('expires_in', String(expiresIn));
  const response = await fetch(`${issuerUrl}/token`, { method: 'POST', body });
  const answer = (await response.json()) as { access_token?: string; error_description?: string };
  if (answer.access_token === undefined) throw new Error(answer.error_description ?? `HTTP ${response.status}`);
  return answer.access_token;
}
