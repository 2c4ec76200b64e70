import { clone, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { type ReflectMessage, reflect } from '@bufbuild/protobuf/reflect';
import type { FieldMask } from '@bufbuild/protobuf/wkt';
import { invalidField } from '#shared/errors/fault';

/**
 * The resource with the named fields taken from the changes (AIP-134). Without a mask, every changeable field that
 * is set; with `*`, every changeable field. A mask that names any other field is INVALID_REQUEST. A field of a field is named
 * by a path such as `content.body`; a mask that names the whole field replaces it as a whole.
 */
export function applyMask<Desc extends DescMessage>(
  schema: Desc,
  current: MessageShape<Desc>,
  changes: MessageShape<Desc>,
  mask: FieldMask | undefined,
  changeable: readonly string[],
): MessageShape<Desc> {
  const merged = clone(schema, current);
  const paths = mask === undefined || mask.paths.length === 0 ? undefined : new Set(mask.paths);
  for (const path of paths ?? []) {
    if (path !== '*' && !changeable.includes(path)) {
      throw invalidField('update_mask', `${path} cannot be changed; these can: ${changeable.join(', ')}`);
    }
  }
  merge(reflect(schema, merged), reflect(schema, changes), paths, changeable);
  return merged;
}

function merge(
  to: ReflectMessage,
  from: ReflectMessage,
  paths: ReadonlySet<string> | undefined,
  changeable: readonly string[],
): void {
  for (const field of to.desc.fields.filter(({ name }) => changeable.includes(name))) {
    const inner = below(changeable, field.name);
    const innerPaths = paths && below([...paths], field.name);
    const whole = paths?.has(field.name) || paths?.has('*');
    // Part of a field is taken over where the mask names parts, or names nothing and the field has parts.
    if (field.fieldKind === 'message' && inner.length > 0 && !whole) {
      const some = innerPaths === undefined ? from.isSet(field) : innerPaths.length > 0;
      if (!some) continue;
      const part = to.get(field);
      merge(part, from.get(field), innerPaths && new Set(innerPaths), inner);
      to.set(field, part);
    } else if (paths === undefined ? from.isSet(field) : whole) {
      if (from.isSet(field)) to.set(field, from.get(field));
      else to.clear(field);
    }
  }
}

/** The paths below a field, without its name. */
function below(paths: readonly string[], field: string): string[] {
  return paths.filter((path) => path.startsWith(`${field}.`)).map((path) => path.slice(field.length + 1));
}
