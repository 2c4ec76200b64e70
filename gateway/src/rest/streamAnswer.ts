import type { Writable } from 'node:stream';
import { type StatusObject, status } from '@grpc/grpc-js';
import { answerFailure, answerMetadata, shuttingDown, statusOf } from '../edge/answer.ts';
import { flushBody, openBody } from '../edge/body.ts';
import { presentable } from '../errors/localStatus.ts';
import { errorAnswer } from '../errors/statusBody.ts';
import { givesBytes } from '../transcode/requestMessage.ts';
import { responseBytes, responseJson } from '../transcode/response.ts';
import { UpstreamCall } from '../upstream/call.ts';
import { framesFor } from './frames.ts';
import type { RequestMessages } from './requestMessages.ts';
import type { RestCall } from './restCall.ts';
import { sendMessages } from './sendMessages.ts';

/** Writes a stream's messages into the HTTP body; `write` answers whether the connection takes more at once. */
interface Writer {
  write(message: Buffer): boolean;
  /** Where `write` said no: tells once when the connection takes more. */
  onDrain(listener: () => void): void;
  finish(answered: StatusObject): void;
}

/** Calls a method with a stream of responses and answers with all of them, as fast as the caller reads. */
export async function answerStream(call: RestCall, request: RequestMessages): Promise<void> {
  const { exchange } = call;
  const { response } = exchange;
  const only = request.kind === 'one' ? await request.message() : undefined;
  if (exchange.gone) return;
  const raw = givesBytes(call.address.binding);
  const writer = raw ? bytesWriter(call) : jsonWriter(call);
  const over = Promise.withResolvers<void>();
  let failure: unknown;
  const upstream = new UpstreamCall(
    {
      channel: call.channel,
      path: call.address.binding.grpcPath,
      metadata: call.metadata,
      deadline: call.deadline,
    },
    {
      onHeaders: (headers) => answerMetadata(exchange, headers),
      onMessage: (message) => {
        if (failure !== undefined || exchange.gone) return;
        try {
          const more = writer.write(message);
          // Whoever asks only what the answer would look like has seen it.
          if (response.writableEnded) upstream.cancel();
          else if (more) upstream.read();
          else writer.onDrain(() => upstream.read());
        } catch (error) {
          failure = error;
          upstream.cancel();
        }
      },
      onStatus: (answered) => {
        if (failure === undefined && !exchange.gone && !response.writableEnded) writer.finish(answered);
        over.resolve();
      },
    },
  );
  exchange.onGone(() => upstream.cancel());
  // A download has an end, and no place for a word before it.
  if (!raw) {
    exchange.onClosing(() => {
      failure ??= shuttingDown();
      upstream.cancel();
    });
  }
  upstream.read();
  if (only) upstream.sendOnly(only);
  else if (request.kind === 'many') {
    void sendMessages(upstream, request.messages(), (error) => {
      failure = error;
    });
  }
  await over.promise;
  if (failure === undefined) return;
  if (!raw && !exchange.gone && !response.writableEnded) {
    // Whatever broke, the caller hears it in the stream's last frame; the throw is for the log.
    writer.finish(statusOf(failure));
    exchange.told = true;
  }
  throw failure;
}

function jsonWriter({ exchange, address, settings, system }: RestCall): Writer {
  const { response } = exchange;
  const frames = framesFor(exchange.request, system);
  let count = 0;
  let body: Writable | undefined;
  const begin = () => {
    if (body) return body;
    // Proxies in front of this one that know the header pass every message on as it comes.
    response.setHeader('x-accel-buffering', 'no');
    body = openBody(exchange, frames.contentType);
    if (frames.open !== '') body.write(frames.open);
    return body;
  };
  return {
    write(message) {
      const json = JSON.stringify(responseJson(address.binding, message, settings.registry, system.enumsAsNumbers));
      return begin().write(frames.message(json, count++));
    },
    onDrain: (listener) => body?.once('drain', listener),
    finish(answered) {
      if (answered.code !== status.OK) {
        if (!body) return answerFailure(exchange, answered, settings.registry);
        const { body: failure, reason } = errorAnswer(presentable(answered), settings.registry);
        exchange.reason = reason ?? `CODE_${answered.code}`;
        body.write(frames.error(JSON.stringify(failure), count++));
      }
      begin().end(frames.close);
    },
  };
}

/** Raw bytes have no place for an error frame: a download that breaks in the middle is cut, so that it is seen to be short. */
function bytesWriter({ exchange, address, settings }: RestCall): Writer {
  let body: Writable | undefined;
  return {
    write(message) {
      const { contentType, data } = responseBytes(address.binding, message);
      body ??= openBody(exchange, contentType || 'application/octet-stream');
      return data.length === 0 || body.write(data);
    },
    onDrain: (listener) => body?.once('drain', listener),
    finish(answered) {
      if (answered.code !== status.OK) {
        flushBody(body, () => answerFailure(exchange, answered, settings.registry));
        return;
      }
      body ??= openBody(exchange, 'application/octet-stream');
      body.end();
    },
  };
}
