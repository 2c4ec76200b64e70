import { billingRows } from './billingRows.ts';
import { jsonPath, type Method, methods, textFields } from './contract.ts';
import type { Belongings, Shared } from './estate.ts';
import { leaves } from './json.ts';
import { orderingRows } from './orderingRows.ts';
import { otherRows } from './otherRows.ts';
import { isOwned, type OwnedRow, type Row, type Rows } from './row.ts';

const table: Rows = { ...orderingRows, ...billingRows, ...otherRows };

export function rowsOf({ name }: Method): readonly Row[] {
  return [table[name] ?? []].flat();
}

export function isForCustomersOrDrivers({ roles }: Method): boolean {
  return roles.has('customer') || roles.has('driver');
}

/** What is missing in the table, by the method's name. A new method, and a new field that may name another's thing, is missing at first. */
export function gaps(): string[] {
  const names = methods.map(({ name }) => name);
  return [
    ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `${name}: is there twice`),
    ...Object.keys(table).flatMap((name) => (names.includes(name) ? [] : [`${name}: is not in the contract any more`])),
    ...methods.flatMap((method) => gapsOf(method).map((gap) => `${method.name}: ${gap}`)),
  ];
}

function gapsOf(method: Method): string[] {
  const rows = rowsOf(method);
  if (rows.length === 0) return ['has no row'];
  if (method.roles.size === 0) return ['says of no role that it may call'];
  const owned = rows.filter(isOwned);
  const named = method.customerField !== '' || method.driverField !== '';
  if (named && owned.length === 0) return ['names a customer or a driver, and yet belongs to nobody'];
  return isForCustomersOrDrivers(method) ? owned.flatMap((row) => unread(method, row)) : [];
}

/** Fields of ids that a row neither fills nor gets as far as to try. */
function unread(method: Method, row: OwnedRow): string[] {
  if (row.own === 'OK') return [];
  const filled = new Set(rowsOf(method).filter(isOwned).flatMap(idFields));
  const known = [method.customerField, method.driverField].map(jsonPath);
  return textFields(method.desc.input)
    .filter((path) => /(^|\.)(id|\w+Ids?)$/.test(path))
    .filter((path) => !filled.has(path) && !known.includes(path) && row.elsewhere?.[path] === undefined)
    .map((path) => `does not say who asks about another's id in ${path}`);
}

/** The fields in which a row names things of somebody. */
function idFields(row: OwnedRow): string[] {
  const mark = (side: string) =>
    new Proxy({} as Belongings, { get: (_, name) => `${side} ${String(name)}` }) satisfies Belongings;
  const shared = new Proxy({} as Shared, { get: () => '' });
  const others = new Map(leaves(row.of(mark('another'), shared)));
  return leaves(row.of(mark('one'), shared)).flatMap(([path, value]) => (others.get(path) === value ? [] : [path]));
}
