import type { UsageFault } from '../domain/compare.ts';

export function faultToProto({ fileId, check, expected, actual }: UsageFault) {
  return { fileId, check, expected: String(expected), actual: String(actual) };
}
