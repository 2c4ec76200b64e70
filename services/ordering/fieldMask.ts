import { clone, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { reflect } from '@bufbuild/protobuf/reflect';
import type { FieldMask } from '@bufbuild/protobuf/wkt';
import { invalidField } from '#shared/errors/fault';

/**
 * The resource with the named fields taken from the changes (AIP-134). Without a mask, every changeable field that
 * is set; with `*`, every changeable field. A mask that names any other field is INVALID_REQUEST.
 */
export function applyMask<Desc extends DescMessage>(
  schema: Desc,
  current: MessageShape<Desc>,
  changes: MessageShape<Desc>,
  mask: FieldMask | undefined,
  changeable: readonly string[],
): MessageShape<Desc> {
  const merged = clone(schema, current);
  const from = reflect(schema, changes);
  const to = reflect(schema, merged);
  const paths = mask === undefined || mask.paths.length === 0 ? undefined : new Set(mask.paths);
  for (const path of paths ?? []) {
    if (path !== '*' && !changeable.includes(path)) {
      throw invalidField('update_mask', `${path} cannot be changed; these can: ${changeable.join(', ')}`);
    }
  }
  for (const field of schema.fields.filter(({ name }) => changeable.includes(name))) {
    const named = paths === undefined ? from.isSet(field) : paths.has(field.name) || paths.has('*');
    if (!named) continue;
    if (from.isSet(field)) to.set(field, from.get(field));
    else to.clear(field);
  }
  return merged;
}
