import { Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { Fault } from '#shared/errors/fault';
import { answerFailure, answerJson, answerMetadata } from '../edge/answer.ts';
import { sayVaries, sendBody } from '../edge/body.ts';
import { givesBytes } from '../transcode/requestMessage.ts';
import { responseBytes, responseJson } from '../transcode/response.ts';
import { UpstreamCall } from '../upstream/call.ts';
import { answerUnchanged } from './conditional.ts';
import { ownEtag } from './etag.ts';
import type { RequestMessages } from './requestMessages.ts';
import type { RestCall } from './restCall.ts';
import { sendMessages } from './sendMessages.ts';

interface Answered {
  headers: Metadata;
  message: Buffer | undefined;
  status: StatusObject;
}

/** Calls a method with one response and answers with it. */
export async function answerUnary(call: RestCall, request: RequestMessages): Promise<void> {
  const { exchange, settings } = call;
  const only = request.kind === 'one' ? await request.message() : undefined;
  if (exchange.gone) return;
  const answered = Promise.withResolvers<Answered>();
  let headers = new Metadata();
  let message: Buffer | undefined;
  let failure: unknown;
  const upstream = new UpstreamCall(
    {
      channel: call.channel,
      path: call.address.binding.grpcPath,
      metadata: call.metadata,
      deadline: call.deadline,
    },
    {
      onHeaders: (received) => {
        headers = received;
      },
      onMessage: (received) => {
        if (message === undefined) {
          message = received;
          // So that a second one, which may not come, does not keep the status waiting.
          upstream.read();
        } else {
          failure = new Fault('INTERNAL', { message: 'the service answered with more than one message' });
          upstream.cancel();
        }
      },
      onStatus: (received) => answered.resolve({ headers, message, status: received }),
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
  const answer = await answered.promise;
  if (exchange.gone) return;
  if (failure !== undefined) throw failure;
  if (answer.status.code !== status.OK) return answerFailure(exchange, answer.status, settings.registry);
  if (answer.message === undefined) throw new Fault('INTERNAL', { message: 'the service answered without a message' });
  answerMetadata(exchange, answer.headers);
  answerMessage(call, answer, answer.message);
}

function answerMessage(
  { exchange, address, settings, system }: RestCall,
  { headers }: Answered,
  message: Buffer,
): void {
  if (givesBytes(address.binding)) {
    const { contentType, data } = responseBytes(address.binding, message);
    const type = contentType || 'application/octet-stream';
    sayVaries(exchange, type, data.length);
    if (!answerUnchanged(exchange, headers, undefined, data)) sendBody(exchange, 200, type, data);
    return;
  }
  const json = responseJson(address.binding, message, settings.registry, system.enumsAsNumbers);
  const text = JSON.stringify(json);
  sayVaries(exchange, 'application/json', text.length);
  if (!answerUnchanged(exchange, headers, ownEtag(json), text)) answerJson(exchange, 200, text);
}
