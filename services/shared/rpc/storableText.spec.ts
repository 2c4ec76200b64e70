import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { CreateLineRequestSchema, UpdateLineRequestSchema } from '#proto/ordering/v1/line_service';
import { refuseNul } from './storableText.ts';

test('a text with NUL is refused wherever it is, by the path of its field', () => {
  const request = create(UpdateLineRequestSchema, {
    line: { id: 'l1', address: 'a\0b' },
    updateMask: { paths: ['email', 'addr\0ess'] },
  });
  const bytes = Buffer.from(toBinary(UpdateLineRequestSchema, request));
  expect(() => refuseNul(UpdateLineRequestSchema, request, bytes)).toThrow(
    expect.objectContaining({
      reason: 'INVALID_REQUEST',
      violations: [
        expect.objectContaining({ field: 'line.address' }),
        expect.objectContaining({ field: 'update_mask.paths[1]' }),
      ],
    }),
  );
});

test('a zero byte that is no text is none of its business', () => {
  // Numbers and byte fields hold zero bytes of their own.
  const request = create(CreateLineRequestSchema, {
    line: { address: '세종대로', activateTime: { seconds: 0n, nanos: 0 } },
  });
  const bytes = Buffer.concat([Buffer.from(toBinary(CreateLineRequestSchema, request)), Buffer.alloc(1)]);
  expect(() => refuseNul(CreateLineRequestSchema, request, bytes)).not.toThrow();
});
