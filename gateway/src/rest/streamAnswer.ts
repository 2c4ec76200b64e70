import { type StatusObject, status } from '@grpc/grpc-js';
import { answerFailure, answerMetadata } from '../edge/answer.ts';
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
  finish(answered: StatusObject): void;
}

/** Calls a method with a stream of responses and answers with all of them, as fast as the caller reads. */
export async function answerStream(call: RestCall, request: RequestMessages): Promise<void> {
  const { exchange } = call;
  const { response } = exchange;
  const only = request.kind === 'one' ? await request.message() : undefined;
  if (exchange.gone) return;
  const writer = givesBytes(call.address.binding) ? bytesWriter(call) : jsonWriter(call);
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
          if (writer.write(message)) upstream.read();
          else response.once('drain', () => upstream.read());
        } catch (error) {
          failure = error;
          upstream.cancel();
        }
      },
      onStatus: (answered) => {
        if (failure === undefined && !exchange.gone) writer.finish(answered);
        over.resolve();
      },
    },
  );
  exchange.onGone(() => upstream.cancel());
  upstream.read();
  if (only) upstream.sendOnly(only);
  else if (request.kind === 'many') {
    void sendMessages(upstream, request.messages(), (error) => {
      failure = error;
    });
  }
  await over.promise;
  if (failure !== undefined) throw failure;
}

function jsonWriter({ exchange, address, settings }: RestCall): Writer {
  const { response } = exchange;
  const frames = framesFor(exchange.request);
  let count = 0;
  const begin = () => {
    if (response.headersSent) return;
    response.writeHead(200, {
      'content-type': frames.contentType,
      'cache-control': 'no-store',
      // Proxies in front of this one that know the header pass every message on as it comes.
      'x-accel-buffering': 'no',
    });
    if (frames.open !== '') response.write(frames.open);
  };
  return {
    write(message) {
      const json = JSON.stringify(responseJson(address.binding, message, settings.registry));
      begin();
      return response.write(frames.message(json, count++));
    },
    finish(answered) {
      if (answered.code !== status.OK) {
        if (!response.headersSent) return answerFailure(exchange, answered, settings.registry);
        const { body, reason } = errorAnswer(answered, settings.registry);
        exchange.reason = reason ?? `CODE_${answered.code}`;
        response.write(frames.error(JSON.stringify(body), count++));
      }
      begin();
      response.end(frames.close);
    },
  };
}

/** Raw bytes have no place for an error frame: a download that breaks in the middle is cut, so that it is seen to be short. */
function bytesWriter({ exchange, address, settings }: RestCall): Writer {
  const { response } = exchange;
  const begin = (contentType: string) => {
    if (response.headersSent) return;
    response.writeHead(200, {
      'content-type': contentType || 'application/octet-stream',
      'x-content-type-options': 'nosniff',
    });
  };
  return {
    write(message) {
      const { contentType, data } = responseBytes(address.binding, message);
      begin(contentType);
      return data.length === 0 || response.write(data);
    },
    finish(answered) {
      if (answered.code !== status.OK) return answerFailure(exchange, answered, settings.registry);
      begin('');
      response.end();
    },
  };
}
