import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  createFileRegistry,
  type DescMessage,
  type DescMethod,
  fromBinary,
  getOption,
  hasOption,
  ScalarType,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema, MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { http } from '#google/api/annotations';
import { access, Role } from '#proto/common/v1/options';
import { type ServiceName, serviceNames } from '#shared/config/service';

export type RoleName = 'customer' | 'driver' | 'operator' | 'service';

const roleNames = new Map<number, RoleName | 'anonymous'>([
  [Role.ANONYMOUS, 'anonymous'],
  [Role.CUSTOMER, 'customer'],
  [Role.DRIVER, 'driver'],
  [Role.OPERATOR, 'operator'],
  [Role.SERVICE, 'service'],
]);

/** A method as the image describes it: the one that the gateway serves from. */
export interface Method {
  /** `AccountService/GetAccount`. */
  readonly name: string;
  readonly desc: DescMethod;
  readonly roles: ReadonlySet<RoleName | 'anonymous'>;
  readonly customerField: string;
  readonly driverField: string;
  readonly http: { readonly verb: string; readonly template: string; readonly body: string } | undefined;
  /** Every service that serves it. */
  readonly servedBy: readonly ServiceName[];
}

const image = fileURLToPath(new URL('../../../proto/gen/image.binpb', import.meta.url));

export const methods: readonly Method[] = [
  ...createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(image))).files,
]
  .flatMap(({ services }) => services)
  .filter(({ typeName }) => typeName.startsWith('jangbu.'))
  .flatMap((service) => service.methods)
  .map(methodOf);

function methodOf(desc: DescMethod): Method {
  const declared = hasOption(desc, access) ? getOption(desc, access) : undefined;
  const rule = hasOption(desc, http) ? getOption(desc, http).pattern : undefined;
  const { body = '' } = hasOption(desc, http) ? getOption(desc, http) : {};
  const own = desc.parent.typeName.split('.')[1];
  return {
    name: `${desc.parent.name}/${desc.name}`,
    desc,
    roles: new Set((declared?.roles ?? []).flatMap((role) => roleNames.get(role) ?? [])),
    customerField: declared?.customerField ?? '',
    driverField: declared?.driverField ?? '',
    http: typeof rule?.value === 'string' ? { verb: rule.case.toUpperCase(), template: rule.value, body } : undefined,
    servedBy: serviceNames.filter((name) => own === 'common' || name === own),
  };
}

/** Whether the contract says that it changes nothing. */
export function isReading({ desc }: Method): boolean {
  return desc.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}

/** Paths of the fields that take a text, in messages of messages too, by their names in JSON. Amounts and times are no ids. */
export function textFields(message: DescMessage, within: readonly string[] = []): string[] {
  return message.fields.flatMap((field) => {
    const path = [...within, field.jsonName];
    if (field.fieldKind === 'scalar') return field.scalar === ScalarType.STRING ? [path.join('.')] : [];
    if (field.fieldKind !== 'message' || within.length > 2) return [];
    const foreign = !field.message.typeName.startsWith('jangbu.') || field.message.name === 'Money';
    return foreign ? [] : textFields(field.message, path);
  });
}

/** A path of proto names as one of JSON names. */
export function jsonPath(path: string): string {
  return path.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
