import { type DescField, type DescMethod, getOption, hasOption, type Message } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import { access, type Access as MethodAccess, Role } from '#proto/common/v1/options';
import { Fault, type Reason } from '../errors/fault.ts';
import type { Caller, RoleName } from './identity.ts';

const roleNames = new Map<number, RoleName>([
  [Role.CUSTOMER, 'customer'],
  [Role.DRIVER, 'driver'],
  [Role.OPERATOR, 'operator'],
  [Role.SERVICE, 'service'],
]);

const known = new WeakMap<DescMethod, MethodAccess | undefined>();

/** A method's access option; reading one out of a descriptor decodes it anew each time. */
function accessOf(method: DescMethod): MethodAccess | undefined {
  if (known.has(method)) return known.get(method);
  const declared = hasOption(method, access) ? getOption(method, access) : undefined;
  known.set(method, declared);
  return declared;
}

/** Refuses a caller whose role the method's access option does not name. */
export function authorise(method: DescMethod, caller: Caller): void {
  const declared = accessOf(method);
  if (!declared) {
    throw new Fault('ACCESS_UNDECLARED', {
      message: `${method.name} does not say who may call it`,
    });
  }
  const { roles } = declared;
  if (roles.includes(Role.ANONYMOUS)) return;
  if (caller.roles.size === 0 && caller.subject === 'anonymous') {
    throw new Fault('UNAUTHENTICATED', { message: 'a bearer token is needed' });
  }
  const allowed = roles.some((role) => {
    const name = roleNames.get(role);
    return name !== undefined && caller.roles.has(name);
  });
  if (!allowed)
    throw new Fault('ACCESS_DENIED', {
      message: `${method.name} is not open to this role`,
    });
}

/** Whether the caller acts as a customer and as nothing more. */
export function isOnlyCustomer(caller: Caller): boolean {
  return caller.roles.has('customer') && !caller.roles.has('operator') && !caller.roles.has('service');
}

/** Whether the caller acts as a driver and as nothing more. */
export function isOnlyDriver(caller: Caller): boolean {
  return caller.roles.has('driver') && !caller.roles.has('operator') && !caller.roles.has('service');
}

/**
 * Holds a customer to the customer, and a driver to the driver, of the token: an empty field is filled in, another one's id is
 * answered as if there were nobody of that id, so that ids leak nothing. Somebody who is both acts as whichever the request names.
 */
export function scopeToCaller(method: DescMethod, request: Message, caller: Caller): void {
  const { customerField, driverField } = accessOf(method) ?? {};
  const asCustomer = customerField && isOnlyCustomer(caller) ? scope(method, request, customerField) : undefined;
  const asDriver = driverField && isOnlyDriver(caller) ? scope(method, request, driverField) : undefined;
  if (asDriver && (!asCustomer || asDriver.named !== '')) {
    hold(asDriver, caller.driverId, 'driver', 'DRIVER_NOT_FOUND');
  } else if (asCustomer) {
    hold(asCustomer, caller.customerId, 'customer', 'CUSTOMER_NOT_FOUND');
  }
}

/** The field of the request that says whose it is. */
interface Scope {
  named: unknown;
  fill: (id: string) => void;
}

function hold({ named, fill }: Scope, own: string | undefined, whose: string, notFound: Reason): void {
  if (own === undefined) throw new Fault('ACCESS_DENIED', { message: `the token names no ${whose}` });
  if (named === '') fill(own);
  else if (named !== own) throw new Fault(notFound, { message: `there is no such ${whose}` });
}

/** Undefined where the message that would hold the field is not there. */
function scope(method: DescMethod, request: Message, path: string): Scope | undefined {
  const names = path.split('.');
  const last = names.pop() ?? '';
  const holder = descend(reflect(method.input, request), names);
  const field = holder?.desc.fields.find(({ name }) => name === last);
  if (!holder || field?.fieldKind !== 'scalar') return undefined;
  return { named: holder.get(field), fill: (id) => holder.set(field, id) };
}

function descend(message: ReflectMessage, names: string[]): ReflectMessage | undefined {
  let current = message;
  for (const name of names) {
    const field: DescField | undefined = current.desc.fields.find((candidate) => candidate.name === name);
    if (field?.fieldKind !== 'message' || !current.isSet(field)) return undefined;
    current = current.get(field);
  }
  return current;
}
