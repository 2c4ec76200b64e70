import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { type Answer, reasonOf } from './answer.ts';
import { jsonPath, type Method } from './contract.ts';
import { at, isObject, leaves, withAt } from './json.ts';

/** The request as the method's HTTP rule has it: path, then body, then query. */
export function httpRequest({ http, desc }: Method, request: JsonObject) {
  if (http === undefined) throw new Error(`${desc.name} has no HTTP rule`);
  let rest = request;
  const path = http.template.replaceAll(/\{([^}]+)\}/g, (_, field: string) => {
    const value = at(request, jsonPath(field));
    rest = withAt(rest, jsonPath(field), undefined);
    return encodeURIComponent(String(value ?? ''));
  });
  if (http.body === '*') return { path, verb: http.verb, ...bodyOf(rest) };
  const field = jsonPath(http.body);
  const { [field]: body = {}, ...query } = rest;
  const parameters = new URLSearchParams();
  for (const [name, value] of leaves(query)) {
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, String(one));
  }
  const search = parameters.size === 0 ? '' : `?${parameters}`;
  return { path: path + search, verb: http.verb, ...(http.body === '' ? {} : bodyOf(body)) };
}

/** `google.api.HttpBody` is the body itself; everything else is JSON. */
function bodyOf(value: JsonValue): { body: string | Buffer; contentType: string } {
  if (isObject(value) && typeof value.contentType === 'string') {
    return { body: Buffer.from(String(value.data ?? ''), 'base64'), contentType: value.contentType };
  }
  return { body: JSON.stringify(value), contentType: 'application/json' };
}

/** Headers that are another's business, or another each time. */
const passing = /^(date|connection|keep-alive|x-request-id|content-length|transfer-encoding|ratelimit.*|etag)$/;

/** Asks the gateway. Of a stream, what comes first. */
export async function askGateway(
  gatewayUrl: string,
  method: Method,
  request: JsonObject,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  const { path, verb, body, contentType } = httpRequest(method, request);
  const leave = new AbortController();
  const response = await fetch(gatewayUrl + path, {
    method: verb,
    headers: { ...headers, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
    ...(body === undefined ? {} : { body }),
    signal: leave.signal,
  });
  const endless = method.desc.methodKind === 'server_streaming' && response.ok;
  const text = endless ? await firstOf(response) : await response.text();
  leave.abort();
  const shown = [...response.headers].filter(([name]) => !passing.test(name));
  const status = response.ok ? {} : JSON.parse(text);
  return {
    outcome: response.ok ? 'OK' : reasonOf(status),
    code: response.status,
    seen: `${text}\n${JSON.stringify(Object.fromEntries(shown))}`,
  };
}

async function firstOf(response: Response): Promise<string> {
  const { value } = (await response.body?.getReader().read()) ?? {};
  return value === undefined ? '' : Buffer.from(value).toString();
}
