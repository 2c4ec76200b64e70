import { join } from 'node:path';
import { SignJWT } from 'jose';
import type { MeshHandle } from '../../../deploy/local/handle.ts';
import { signingKey } from '../../../deploy/local/issuer/keys.ts';
import type { RoleName } from './contract.ts';
import type { Side } from './estate.ts';

/** Somebody who calls: what their token says, and on which side of the world they stand. */
export interface Caller {
  readonly name: string;
  readonly token: string | undefined;
  readonly roles: readonly RoleName[];
  /** Whose things are theirs. */
  readonly side?: Side;
}

export interface Claims {
  readonly sub: string;
  readonly roles: readonly string[];
  readonly customer_id?: string;
  readonly driver_id?: string;
}

export type Sign = (claims: Claims) => Promise<string>;

/** Signs what the development issuer would not, with its own key. */
export async function signer({ dataDir, issuerUrl }: MeshHandle): Promise<Sign> {
  const { privateKey, keyId } = await signingKey(join(dataDir, 'issuer'));
  return (claims) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: keyId, typ: 'JWT' })
      .setIssuer(issuerUrl)
      .setAudience('jangbu')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
}

function claimsOf({ customerId, driverId }: Ids) {
  return { customer_id: customerId, driver_id: driverId };
}

type Ids = Readonly<Record<'customerId' | 'driverId', string>>;

/** Everybody who may turn up: with every role, on both sides, and with tokens that lack what they should have. */
export async function everybody(sign: Sign, ours: Ids, theirs: Ids): Promise<readonly Caller[]> {
  const as = async (name: string, role: RoleName | RoleName[], claims: object = {}, side?: Side): Promise<Caller> => ({
    name,
    token: await sign({ sub: `person:${name.replaceAll(' ', '-')}`, roles: [role].flat(), ...claims }),
    roles: [role].flat(),
    ...(side && { side }),
  });
  return Promise.all([
    { name: 'without a token', token: undefined, roles: [] },
    as('without roles', []),
    sign({ sub: 'person:king', roles: ['king'], customer_id: ours.customerId }).then((token) => ({
      name: 'of a role that is none',
      token,
      roles: [],
    })),
    as('our customer', 'customer', { customer_id: ours.customerId }, 'ours'),
    as('their customer', 'customer', { customer_id: theirs.customerId }, 'theirs'),
    as('customer without an id', 'customer'),
    as('customer of an empty id', 'customer', { customer_id: '' }),
    as('our driver', 'driver', { driver_id: ours.driverId }, 'ours'),
    as('their driver', 'driver', { driver_id: theirs.driverId }, 'theirs'),
    as('driver without an id', 'driver'),
    as('our customer who drives', ['customer', 'driver'], claimsOf(ours), 'ours'),
    as('their customer who drives', ['customer', 'driver'], claimsOf(theirs), 'theirs'),
    as('operator', 'operator'),
    as('service', 'service'),
  ]);
}
