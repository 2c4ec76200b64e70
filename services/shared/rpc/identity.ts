import type { Metadata } from '@grpc/grpc-js';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import type { OidcConfig } from '../config/service.ts';
import { Fault } from '../errors/fault.ts';

export type RoleName = 'customer' | 'driver' | 'operator' | 'service';

/** Who calls, as far as a verified token says. Without a token: no roles. */
export interface Caller {
  subject: string;
  roles: ReadonlySet<RoleName>;
  customerId?: string;
  driverId?: string;
  /** The calling service, where the token is a service's own. */
  service?: string;
}

export const anonymous: Caller = { subject: 'anonymous', roles: new Set() };

/** Turns a call's metadata into its verified caller. */
export type Authenticate = (metadata: Metadata) => Promise<{ caller: Caller; onBehalfOf?: Caller }>;

const knownRoles: readonly RoleName[] = ['customer', 'driver', 'operator', 'service'];

/**
 * How long a verified token is not verified again: services call one another with the same token thousands of times a second, and
 * its signature costs as much as the rest of a call. A key that the issuer withdraws stays good for so long.
 */
const trustMs = 30_000;
const mostVerified = 10_000;

/**
 * Verifies bearer tokens against the issuer's published keys. The keys are fetched when first needed and again when
 * a token names an unknown one, so the issuer may rotate them. Only asymmetric signatures are accepted. `clockSkewSeconds` is how
 * far the issuer's clock may differ from this one.
 */
export function tokenVerifier(oidc: OidcConfig, { clockSkewSeconds = 30 } = {}): Authenticate {
  const keys = createRemoteJWKSet(new URL(oidc.jwksUrl), {
    cooldownDuration: 5_000,
    timeoutDuration: 5_000,
  });
  const verified = new Map<string, { caller: Caller; until: number }>();
  const verify = async (token: string): Promise<Caller> => {
    const known = verified.get(token);
    if (known && known.until > Date.now()) return known.caller;
    try {
      const { payload } = await jwtVerify(token, keys, {
        issuer: oidc.issuer,
        audience: oidc.audience,
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        clockTolerance: clockSkewSeconds,
        requiredClaims: ['sub', 'exp'],
      });
      const caller = callerOf(payload);
      if (verified.size >= mostVerified) verified.clear();
      verified.set(token, { caller, until: Math.min(Date.now() + trustMs, (payload.exp ?? 0) * 1000) });
      return caller;
    } catch (error) {
      throw tokenFault(error);
    }
  };
  return async (metadata) => {
    const token = bearer(metadata, 'authorization');
    if (token === undefined) return { caller: anonymous };
    const caller = await verify(token);
    const forwarded = caller.roles.has('service') ? bearer(metadata, 'x-caller-authorization') : undefined;
    return forwarded === undefined ? { caller } : { caller, onBehalfOf: await verify(forwarded) };
  };
}

function bearer(metadata: Metadata, key: string): string | undefined {
  const [value] = metadata.get(key);
  if (value === undefined) return undefined;
  const token = /^Bearer +(\S+)$/i.exec(String(value))?.[1];
  if (token === undefined)
    throw new Fault('TOKEN_INVALID', {
      message: 'the authorization is not a bearer token',
    });
  return token;
}

function callerOf(payload: JWTPayload): Caller {
  const claimed = Array.isArray(payload.roles) ? payload.roles : [];
  const roles = new Set(knownRoles.filter((role) => claimed.includes(role)));
  const subject = payload.sub ?? '';
  const text = (claim: unknown) => (typeof claim === 'string' && claim !== '' ? claim : undefined);
  return {
    subject,
    roles,
    customerId: text(payload.customer_id),
    driverId: text(payload.driver_id),
    service: roles.has('service') ? subject.replace(/^service:/, '') : undefined,
  };
}

function tokenFault(error: unknown): Fault {
  if (error instanceof errors.JWTExpired) return new Fault('TOKEN_EXPIRED', { message: 'the token has expired' });
  const unreachable = error instanceof errors.JWKSTimeout || !(error instanceof errors.JOSEError);
  if (unreachable) {
    return new Fault('DEPENDENCY_UNAVAILABLE', {
      message: 'the issuer does not answer',
      retryAfterMs: 1000,
      cause: error,
    });
  }
  return new Fault('TOKEN_INVALID', {
    message: 'the token is not valid',
    cause: error,
  });
}
