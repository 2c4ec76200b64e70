import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../provider/http.ts';

/** Client id → secret, from `name:secret,name:secret`. */
export function parseClients(text: string): Map<string, string> {
  const entries = text.split(',').filter(Boolean);
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf(':')), entry.slice(entry.indexOf(':') + 1)]));
}

/** Who asks, by HTTP Basic or by form fields (RFC 6749, 2.3.1); a wrong secret and an unknown name look the same. */
export function authenticateClient(clients: Map<string, string>, authorization: string, form: URLSearchParams): string {
  const [id, secret] = credentials(authorization, form);
  const expected = clients.get(id);
  if (expected === undefined || !same(expected, secret)) {
    throw new Refusal(401, 'invalid_client', 'the client id or its secret is wrong');
  }
  return id;
}

function credentials(authorization: string, form: URLSearchParams): [string, string] {
  const basic = /^Basic +([\w+/=-]+)$/i.exec(authorization)?.[1];
  if (!basic) return [form.get('client_id') ?? '', form.get('client_secret') ?? ''];
  const text = Buffer.from(basic, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return [decode(text.slice(0, colon)), decode(text.slice(colon + 1))];
}

/** RFC 6749 form-encodes both parts; many clients do not. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function same(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
