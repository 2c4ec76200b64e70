import { Refusal } from '../provider/http.ts';

/** What a token says about its holder. */
export interface Claims {
  sub: string;
  roles: string[];
  customer_id?: string;
  driver_id?: string;
}

export const hour = 3600;
export const personSeconds = 12 * hour;
export const serviceSeconds = hour;

/** The claims of a person's token: an operator, or the customer or driver of an id. */
export function personClaims(role: string | undefined, id: string | undefined): Claims {
  switch (role) {
    case 'operator':
      return { sub: `operator:${id || 'local'}`, roles: ['operator'] };
    case 'customer':
      return { sub: `customer:${required(id, role)}`, roles: ['customer'], customer_id: required(id, role) };
    case 'driver':
      return { sub: `driver:${required(id, role)}`, roles: ['driver'], driver_id: required(id, role) };
    default:
      throw new Refusal(400, 'invalid_request', 'role is none of operator, customer, driver');
  }
}

function required(id: string | undefined, role: string): string {
  if (!id) throw new Refusal(400, 'invalid_request', `a ${role}'s token needs the ${role}'s id`);
  return id;
}

export function serviceClaims(name: string): Claims {
  return { sub: `service:${name}`, roles: ['service'] };
}
