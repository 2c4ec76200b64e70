import type { Registry } from '@bufbuild/protobuf';
import type { ChannelInterface, Metadata } from '@grpc/grpc-js';
import type { TimeoutLimits } from '../edge/deadline.ts';
import type { Exchange } from '../edge/exchange.ts';
import type { BodyLimits } from '../edge/readBody.ts';
import type { Address } from '../transcode/requestMessage.ts';

/** What every REST handler needs besides the request. */
export interface RestSettings {
  registry: Registry;
  unknownQuery: 'refuse' | 'ignore';
  body: BodyLimits;
  timeouts: TimeoutLimits;
}

/** A REST request on its way: what was asked, and the channel that can answer it. */
export interface RestCall {
  exchange: Exchange;
  address: Address;
  channel: ChannelInterface;
  metadata: Metadata;
  deadline: Date | undefined;
  settings: RestSettings;
}
