import { getOption, hasOption, type Registry } from '@bufbuild/protobuf';
import { access, Role, RoleSchema } from '#proto/common/v1/options';
import type { Binding } from '../../routes/binding.ts';
import { pathName, resolveFieldPath } from '../../routes/fieldPath.ts';

/** Who may call a method, where its contract says so. */
export interface DeclaredAccess {
  /** Role names as tokens carry them, such as `operator`. */
  roles: string[];
  anonymous: boolean;
  text: string;
}

/** Whether a contract says of its methods who may call them, in the option that this project has for it. */
export function declaresAccess(registry: Registry): boolean {
  return registry.getExtension(access.typeName)?.number === access.number;
}

/** Undefined for a method that says nothing. Only for contracts that know the option: elsewhere its number may mean anything. */
export function declaredAccess(binding: Binding): DeclaredAccess | undefined {
  const { method } = binding;
  if (!method.proto.options || !hasOption(method, access)) return undefined;
  const { roles, customerField, driverField } = getOption(method, access);
  const names = roles.map(roleName);
  const anonymous = roles.includes(Role.ANONYMOUS);
  if (anonymous) return { roles: names, anonymous, text: 'Anybody may call it, signed in or not.' };
  const own = [
    ...(customerField === '' ? [] : [ownText(binding, 'customer', customerField)]),
    ...(driverField === '' ? [] : [ownText(binding, 'driver', driverField)]),
  ];
  const who =
    names.length === 0
      ? 'Nobody may call it.'
      : `May be called as ${names.join(', ').replace(/, ([^,]*)$/, ' or $1')}.`;
  return { roles: names, anonymous, text: [who, ...own].join(' ') };
}

function roleName(role: Role): string {
  const prefix = RoleSchema.sharedPrefix ?? '';
  return (RoleSchema.value[role]?.name ?? String(role)).slice(prefix.length).toLowerCase();
}

/** Where the field is that says whose it is, and that it need not be said, unless the path cannot go without it. */
function ownText({ method, body, pathFields }: Binding, role: string, name: string): string {
  const path = resolveFieldPath(method.input, name.split('.')) ?? [];
  const inPath = pathFields.some((bound) => pathName(bound) === pathName(path));
  if (path.length === 0 || inPath) return `A ${role} reaches only what is their own.`;
  const names = path.map(({ jsonName }) => jsonName);
  const shown = body.kind === 'field' && path[0] === body.field ? names.slice(1) : names;
  return `A ${role} may leave out \`${shown.join('.')}\`, which can name only that ${role}.`;
}
