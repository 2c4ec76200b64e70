import { create, type MessageInitShape, type MessageShape } from '@bufbuild/protobuf';
import type { DeadLetterSchema } from '#proto/common/v1/dead_letter';
import {
  ListDeadLettersRequestSchema,
  type ListDeadLettersResponseSchema,
  type RedriveDeadLetterRequestSchema,
} from '#proto/common/v1/dead_letter_service';
import type { Implementation } from '#shared/rpc/implement';

type ListRequest = MessageInitShape<typeof ListDeadLettersRequestSchema>;
type List = (request: ListRequest) => Promise<MessageShape<typeof ListDeadLettersResponseSchema>>;
type Redrive = (
  request: MessageInitShape<typeof RedriveDeadLetterRequestSchema>,
) => Promise<MessageShape<typeof DeadLetterSchema>>;

/** The service's handlers, called without the way over gRPC, which has a suite of its own. */
export function deadLetterClient({ handlers }: Implementation) {
  const { listDeadLetters, redriveDeadLetter } = handlers as { listDeadLetters: List; redriveDeadLetter: Redrive };
  return {
    listDeadLetters: (request: ListRequest) => listDeadLetters(create(ListDeadLettersRequestSchema, request)),
    redriveDeadLetter,
  };
}
