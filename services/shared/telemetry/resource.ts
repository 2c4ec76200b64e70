import { randomUUID } from 'node:crypto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';

/** One process of several: without it, counters that two of them send would be one series that jumps to and fro. */
const instance = randomUUID();

/** What traces and metrics say about the process they come from. */
export function jangbuResource(service: string): Resource {
  return resourceFromAttributes({
    'service.name': `jangbu-${service}`,
    'service.namespace': 'jangbu',
    'service.instance.id': instance,
  });
}
