import { equals } from '@bufbuild/protobuf';
import { LineSchema } from '#proto/ordering/v1/line';
import type { UpdateLineRequest } from '#proto/ordering/v1/line_service';
import type { Transaction } from '#shared/database/database';
import { invalidField } from '#shared/errors/fault';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { requireOwner } from '#shared/rpc/ownership';
import { validateMessage } from '#shared/rpc/validate';
import { applyMask } from '../../fieldMask.ts';
import { emitLineUpdated } from '../events.ts';
import { lockLine } from '../store/readLines.ts';
import { saveLine } from '../store/writeLines.ts';
import { lineNotFound, lineToProto } from './convert.ts';

const changeable = ['email', 'address'];

/** Changes where the line's documents go, in any state: the last invoice comes after the termination. */
export function updateLine(clock: () => Date) {
  return async (request: UpdateLineRequest, tx: Transaction, context: CallContext) => {
    const changes = request.line;
    if (!changes) throw invalidField('line', 'is missing');
    if (changes.id === '') throw invalidField('line.id', 'is missing');
    const line = await lockLine(tx, changes.id);
    if (!line) throw lineNotFound(changes.id);
    requireOwner(context.caller, line.customerId, lineNotFound(changes.id));
    checkEtag(changes.etag || context.ifMatch, line.revision);
    const current = lineToProto(line);
    const merged = applyMask(LineSchema, current, changes, request.updateMask, changeable);
    validateMessage(LineSchema, merged, 'line.');
    if (equals(LineSchema, current, merged)) return current;
    const { email, address } = merged;
    const changed = { ...line, email, address, updateTime: clock(), revision: line.revision + 1n };
    await saveLine(tx, changed);
    await emitLineUpdated(tx, changed);
    return lineToProto(changed);
  };
}
