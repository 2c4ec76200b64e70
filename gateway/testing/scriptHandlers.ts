// biome-ignore-all lint/suspicious/noExplicitAny: the service is known only at run time, by its descriptor.
import { setTimeout as sleep } from 'node:timers/promises';
import { create, toBinary } from '@bufbuild/protobuf';
import { Metadata } from '@grpc/grpc-js';
import { StatusSchema } from '#google/rpc/status';

/** Paths of calls that came, and of those that were cancelled. */
interface Seen {
  started: string[];
  cancelled: string[];
}

/** Answers as the first request's script says. `Missing` is left out, as the contract promises. */
export function scriptHandlers(seen: Seen) {
  return {
    async Unary(call: any, callback: any) {
      watch(call, seen);
      await answerOnce(call, [call.request], callback);
    },
    async ServerStream(call: any) {
      watch(call, seen);
      await answerAll(call, [call.request]);
    },
    async ClientStream(call: any, callback: any) {
      watch(call, seen);
      await answerOnce(call, await received(call), callback);
    },
    async BidiStream(call: any) {
      watch(call, seen);
      const requests: any[] = [];
      call.on('error', () => {});
      for await (const request of call) {
        requests.push(request);
        if (requests[0].script?.inTurn) await answerNext(call, requests);
      }
      if (call.cancelled) return;
      if (requests[0]?.script?.inTurn) finish(call, requests[0].script);
      else await answerAll(call, requests);
    },
  };
}

function watch(call: any, { started, cancelled }: Seen): void {
  started.push(call.getPath());
  call.on('cancelled', () => cancelled.push(call.getPath()));
}

async function received(call: any): Promise<any[]> {
  const requests: any[] = [];
  call.on('error', () => {});
  for await (const request of call) requests.push(request);
  return requests;
}

async function answerOnce(call: any, requests: any[], callback: any): Promise<void> {
  const script = requests[0]?.script ?? {};
  await sleep(script.delayMs ?? 0);
  if (call.cancelled) return;
  call.sendMetadata(metadataOf(script.headers));
  const trailers = metadataOf(script.trailers);
  if (script.failure) callback(failureOf(script.failure, trailers));
  else callback(null, response(call, requests, script.data?.[0], true), trailers);
}

async function answerAll(call: any, requests: any[]): Promise<void> {
  const script = requests[0]?.script ?? {};
  call.sendMetadata(metadataOf(script.headers));
  for (const [index, data] of (script.data ?? []).entries()) {
    await sleep(script.delayMs);
    if (call.cancelled) return;
    call.write(response(call, requests, data, index === 0));
  }
  finish(call, script);
}

/** One answer to the last request, in a conversation. */
async function answerNext(call: any, requests: any[]): Promise<void> {
  const { script } = requests[0];
  const index = requests.length - 1;
  if (index === 0) call.sendMetadata(metadataOf(script.headers));
  await sleep(script.delayMs);
  const data = script.data[index];
  if (data && !call.cancelled) call.write(response(call, requests, data, index === 0));
}

function finish(call: any, script: any): void {
  const trailers = metadataOf(script.trailers);
  if (script.failure) call.emit('error', failureOf(script.failure, trailers));
  else call.end(trailers);
}

function response(call: any, requests: any[], data: Uint8Array | undefined, first: boolean) {
  const padding = new Uint8Array(requests[0]?.script?.padTo ?? 0);
  if (!first) return { data, padding };
  const metadata: Metadata = call.metadata;
  const names = Object.keys(metadata.getMap());
  const deadline = Number(call.getDeadline());
  return {
    data,
    padding,
    received: names.map((name) => ({ name, values: metadata.get(name).map(textOf) })),
    requests: requests.length,
    ...(Number.isFinite(deadline) ? { timeoutMs: BigInt(Math.round(deadline - Date.now())) } : {}),
  };
}

function textOf(value: Buffer | string): string {
  return typeof value === 'string' ? value : value.toString('base64');
}

function metadataOf(headers: { name: string; values: string[] }[] = []): Metadata {
  const metadata = new Metadata();
  for (const { name, values } of headers) {
    for (const value of values) metadata.add(name, name.endsWith('-bin') ? Buffer.from(value, 'base64') : value);
  }
  return metadata;
}

function failureOf(failure: { code: number; message: string; details: never[] }, metadata: Metadata) {
  const { code, message, details } = failure;
  if (details.length > 0) {
    const status = create(StatusSchema, { code, message, details });
    metadata.set('grpc-status-details-bin', Buffer.from(toBinary(StatusSchema, status)));
  }
  return Object.assign(new Error(message), { code, details: message, metadata });
}
