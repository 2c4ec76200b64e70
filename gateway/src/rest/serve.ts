import type { DescMethod } from '@bufbuild/protobuf';
import { Fault } from '#shared/errors/fault';
import { deadlineOf } from '../edge/deadline.ts';
import type { Exchange } from '../edge/exchange.ts';
import { hasBody } from '../edge/protocol.ts';
import { restMetadata } from '../edge/requestMetadata.ts';
import type { Binding } from '../routes/binding.ts';
import type { Router } from '../routes/router.ts';
import { parseQuery } from '../transcode/query.ts';
import { splitSystemParameters } from '../transcode/systemParameters.ts';
import type { Upstreams } from '../upstream/upstreams.ts';
import { requestMessages } from './requestMessages.ts';
import type { RestCall, RestSettings } from './restCall.ts';
import { answerStream } from './streamAnswer.ts';
import { answerUnary } from './unaryAnswer.ts';

/** Serves a request by the contract's HTTP rules: finds the method, translates, calls, translates back. */
export async function serveRest(
  exchange: Exchange,
  routes: Router<Binding>,
  upstreams: Upstreams,
  settings: RestSettings,
): Promise<void> {
  const found = routes.find(exchange.request.method ?? '', exchange.path);
  switch (found.kind) {
    case 'none':
      throw new Fault('ROUTE_NOT_FOUND', { message: 'no route has this path' });
    case 'malformed':
      throw new Fault('INVALID_REQUEST', { message: 'the path has a broken percent-encoding' });
    case 'otherMethod': {
      const allow = (found.allowed.includes('GET') ? [...found.allowed, 'HEAD'] : found.allowed).join(', ');
      exchange.response.setHeader('allow', allow);
      throw new Fault('METHOD_NOT_ALLOWED', { message: `this path allows ${allow}`, metadata: { allow } });
    }
    case 'found':
      break;
    default:
      found satisfies never;
      return;
  }
  const binding = found.target;
  const { method } = binding;
  exchange.route = binding.route;
  const channel = upstreams.channel(method.parent.typeName);
  if (!channel) throw new Fault('METHOD_UNKNOWN', { message: `no upstream serves ${method.parent.typeName}` });
  if (binding.body.kind === 'none' && hasBody(exchange.request)) {
    throw new Fault('INVALID_REQUEST', { message: 'this method takes no body' });
  }
  const streams = isStream(method);
  if (streams) exchange.becomesStream();
  const { system, own } = splitSystemParameters(parseQuery(exchange.query), method.input);
  const call: RestCall = {
    exchange,
    address: { binding, captures: found.captures, parameters: own },
    system,
    channel,
    metadata: restMetadata(exchange),
    deadline: deadlineOf(exchange.request.headers, streams, settings.timeouts),
    settings,
  };
  const messages = requestMessages(call);
  if (method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming') {
    await answerStream(call, messages);
  } else {
    await answerUnary(call, messages);
  }
}

function isStream(method: DescMethod): boolean {
  return method.methodKind !== 'unary';
}
