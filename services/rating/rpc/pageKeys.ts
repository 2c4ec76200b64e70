import { Fault } from '#shared/errors/fault';

/** Refuses a page token whose keys are not what the method puts into its tokens: it is another method's or made up. */
export function checkKeys(keys: string[], ...checks: ((key: string) => boolean)[]): void {
  if (keys.length === checks.length && checks.every((check, index) => check(keys[index] ?? ''))) return;
  throw new Fault('PAGE_TOKEN_INVALID', {
    message: 'page_token is not one of this method',
    violations: [{ field: 'page_token', description: 'not a token of an earlier answer' }],
  });
}

export const isText = (key: string) => !key.includes('\0');
export const isTime = (key: string) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(key) && !Number.isNaN(Date.parse(key));
export const isNumber = (key: string) => /^-?\d{1,19}$/.test(key) && BigInt.asIntN(64, BigInt(key)) === BigInt(key);
